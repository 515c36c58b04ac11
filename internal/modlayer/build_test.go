package modlayer

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/modpair"
)

// newUse returns a module with a layer whose files are old enough for a stamp.
func newUse(t *testing.T) *modpair.Use {
	t.Helper()
	root := t.TempDir()
	u := &modpair.Use{Cache: t.TempDir(), Modfiles: []modpair.Ref{{Path: filepath.Join(root, "go.dev.mod"), Name: "go.dev.mod"}}}
	u.SetRoot(func(string) string { return "" }, root)
	for name, text := range map[string]string{"go.mod": base, "go.dev.mod": "require example.com/dep v1.2.0\n", "go.dev.sum": "example.com/dep v1.2.0 h1:x=\n"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return u
}

// put makes the pair of u and returns it.
func put(t *testing.T, u *modpair.Use) *Build {
	t.Helper()
	b, err := NewBuild(u)
	if err == nil {
		err = b.Make()
	}
	if err != nil {
		t.Fatal(err)
	}
	if !b.Ready() {
		t.Fatal("made, and not ready")
	}
	return b
}

// A pair that lost any file, to whatever cleans caches, is made anew.
func TestMakeDamaged(t *testing.T) {
	u := newUse(t)
	for _, name := range []string{"go.mod", "go.sum", "novendor", "overlay.json", "overlay-novendor.json"} {
		b := put(t, u)
		if err := os.Remove(filepath.Join(b.Dir(), name)); err != nil {
			t.Fatal(err)
		}
		if b.Ready() {
			t.Errorf("ready without %s", name)
		}
		put(t, u)
	}
}

// A pair that is there needs nothing to be written.
func TestMakeReadOnly(t *testing.T) {
	u := newUse(t)
	b := put(t, u)
	for _, name := range []string{"lock", "stamp"} { // root may write everywhere, but not to folders
		os.Remove(filepath.Join(b.Place, name))
		if err := os.Mkdir(filepath.Join(b.Place, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	b.state = "any\n"
	if err := b.Make(); err != nil {
		t.Error(err)
	}
}

// What is old goes, as a whole; what is young, the lock and the folder of
// calls stay.
func TestTrim(t *testing.T) {
	u := newUse(t)
	b := put(t, u)
	old := filepath.Join(b.Place, "0123456789abcdef0123456789abcdef")
	calls := filepath.Join(b.Place, modpair.CallsDir)
	for _, dir := range []string{old, calls} {
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	call := filepath.Join(calls, "x.json")
	if err := os.WriteFile(call, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	then := time.Now().Add(-2 * keepFor)
	for _, path := range []string{old, call, calls, filepath.Join(b.Place, "lock")} {
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
	b.trim(time.Now())
	for path, want := range map[string]bool{old: false, call: false, calls: true, b.Dir(): true, filepath.Join(b.Place, "lock"): true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s is there: got %v, want %v", filepath.Base(path), err == nil, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(b.Place, "tmp-*")); len(left) > 0 {
		t.Errorf("left over: %q", left)
	}
}
