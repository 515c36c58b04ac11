package stamp

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/filestate"
)

func TestStamp(t *testing.T) {
	play(t, false)
	dir := t.TempDir()
	cache, also := filepath.Join(dir, "cache"), filepath.Join(dir, "also")
	gomod := filepath.Join(dir, "go.mod")
	files := []string{gomod, filepath.Join(dir, "go.sum")}
	mkdir := func() {
		t.Helper()
		if err := os.MkdirAll(also, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(gomod, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s := New(cache, "test", []string{also}, "dev")
	want := func(what string, fresh bool) {
		t.Helper()
		if s.Fresh() != fresh {
			t.Errorf("%s: fresh %t, want %t", what, !fresh, fresh)
		}
	}
	mkdir()
	want("no stamp", false)
	write("module a\n")
	if State(files) != "" {
		t.Error("a file that was written now is settled")
	}

	// The times of the inode cannot be set back, so settled ones are played.
	state := stateOf(files)
	s.Write(state)
	want("written", true)
	if New(cache, "test", []string{also}, "prod").Fresh() {
		t.Error("another key is fresh")
	}
	write("module b\n")
	want("go.mod changed", false)
	s.Write(state)
	want("written for a state that is gone", false)
	s.Write(stateOf(files))
	want("written again", true)
	if err := os.WriteFile(files[1], nil, 0o666); err != nil {
		t.Fatal(err)
	}
	want("go.sum made", false)
	s.Write(stateOf(files))
	if err := os.WriteFile(s.path, []byte(header), 0o666); err != nil {
		t.Fatal(err)
	}
	want("a stamp that names no file", false)
	if err := os.Truncate(s.path, 1<<40); err == nil {
		want("a stamp larger than the memory", false)
	}
	s.Write(stateOf(files))
	if err := os.RemoveAll(also); err != nil {
		t.Fatal(err)
	}
	want("what else counts removed", false)
	mkdir()
	want("what else counts made again", false)
	if (*Stamp)(nil).Fresh() || New("", "test", nil) != nil {
		t.Error("without a cache directory there is a stamp")
	}
}

// TestHiddenWrites wants no stamp where the state of files tells nothing of edits.
func TestHiddenWrites(t *testing.T) {
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "go.mod")}
	s := New(filepath.Join(dir, "cache"), "test", nil)
	for _, hides := range []bool{true, false} {
		play(t, hides)
		s.Write(stateOf(files))
		if s.Fresh() == hides {
			t.Errorf("hidden %t: fresh %t", hides, s.Fresh())
		}
	}
}

// play sets what is said of the file system that the test's files lie on.
func play(t *testing.T, hides bool) {
	old := hidesWrites
	hidesWrites = func(string) bool { return hides }
	t.Cleanup(func() { hidesWrites = old })
}

// TestDir wants stamps of its own for a command that believes nothing older.
func TestDir(t *testing.T) {
	abs := t.TempDir()
	for _, test := range []struct {
		value    string
		own      bool
		believes bool
	}{{"", false, true}, {"relative", false, true}, {abs, true, false}} {
		getenv := func(name string) string {
			if name == DirVar {
				return test.value
			}
			return filepath.Join(abs, "home")
		}
		if dir := Dir(getenv); (dir == abs) != test.own || BelievesOlder(getenv) != test.believes {
			t.Errorf("%q: directory %s, believes older: %t", test.value, dir, BelievesOlder(getenv))
		}
	}
}

// stateOf returns the state of files as if they were settled.
func stateOf(files []string) string {
	text, _ := filestate.Of(files, time.Time{})
	return text
}

func TestOldStampsGo(t *testing.T) {
	cache := t.TempDir()
	file := filepath.Join(t.TempDir(), "go.mod")
	if err := os.WriteFile(file, []byte("module a\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	state, _ := filestate.Of([]string{file}, time.Now())
	gone, young := New(cache, "test", nil, "gone"), New(cache, "test", nil, "young")
	gone.Write(state)
	gone.Claim(time.Minute)
	old := time.Now().Add(-2 * maxAge)
	for _, name := range []string{gone.path, gone.path + ".claim"} {
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	young.Write(state)
	New(cache, "test", nil, "new").Write(state)
	entries, err := os.ReadDir(filepath.Join(cache, "stamp"))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 || gone.Fresh() || !young.Fresh() {
		t.Errorf("%d files are left, want the two new stamps: %v", len(entries), entries)
	}
}
