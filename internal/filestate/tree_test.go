package filestate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTree wants every change below a directory to change its state.
func TestTree(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vendor")
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	paths := []string{Tree(dir)}
	state, _ := Of(paths, time.Now())
	if want := " absent\n"; state[len(state)-len(want):] != want {
		t.Errorf("no directory: %s", state)
	}
	write("a/b/x.go", "x")
	write("a/y.go", "y")
	write("modules.txt", "z")
	later := time.Now().Add(time.Hour)
	changes := []struct {
		name string
		do   func()
	}{
		{"first", func() {}},
		{"edit, same size, same time", func() {
			info, err := os.Stat(filepath.Join(dir, "a/b/x.go"))
			do(err)
			write("a/b/x.go", "w")
			do(os.Chtimes(filepath.Join(dir, "a/b/x.go"), info.ModTime(), info.ModTime()))
		}},
		{"add", func() { write("a/b/new.go", "") }},
		{"add directory", func() { do(os.Mkdir(filepath.Join(dir, "c"), 0o777)) }},
		{"rename", func() { do(os.Rename(filepath.Join(dir, "a/y.go"), filepath.Join(dir, "a/Y.go"))) }},
		{"move", func() { do(os.Rename(filepath.Join(dir, "a/Y.go"), filepath.Join(dir, "a/b/Y.go"))) }},
		{"remove", func() { do(os.Remove(filepath.Join(dir, "modules.txt"))) }},
	}
	for _, change := range changes {
		if info, err := os.Stat("."); err == nil && strings.Contains(change.name, "same time") {
			if _, inode := identity(info); inode == 0 {
				continue // the system tells no time that cannot be set back
			}
		}
		before := state
		change.do()
		if Unchanged(before) {
			t.Errorf("%s: not seen", change.name)
		}
		var old bool
		if state, old = Of(paths, later); !old {
			t.Errorf("%s: not settled after an hour", change.name)
		}
		if _, old := Of(paths, time.Now()); old {
			t.Errorf("%s: settled at once", change.name)
		}
		if !Unchanged(state) {
			t.Errorf("%s: changed by itself", change.name)
		}
	}
}

// TestSources wants only what a build has to change the state, and a link to a
// directory, behind which nobody looks, to leave nothing settled.
func TestSources(t *testing.T) {
	dir := t.TempDir()
	write := func(name string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("a/x.go")
	later := time.Now().Add(time.Hour)
	state, old := Of([]string{Sources(dir)}, later)
	if !old {
		t.Error("not settled after an hour")
	}
	for _, name := range []string{"a/README", ".git/x.go", "vendor/x.go"} {
		if write(name); !Unchanged(state) {
			t.Errorf("%s changes it", name)
		}
	}
	if write("a/y.go"); Unchanged(state) {
		t.Error("a new file changes nothing")
	}
	if err := os.Symlink("a", filepath.Join(dir, "b")); err != nil {
		t.Skip(err)
	}
	if _, old := Of([]string{Sources(dir)}, later); old {
		t.Error("settled in spite of a link to a directory")
	}
}

func BenchmarkTree(b *testing.B) {
	dir := b.TempDir()
	for _, d := range []string{"a", "b", "c", "d"} {
		for _, e := range []string{"e", "f", "g", "h", "i"} {
			sub := filepath.Join(dir, d, e)
			if err := os.MkdirAll(sub, 0o777); err != nil {
				b.Fatal(err)
			}
			for i := range 250 {
				if err := os.WriteFile(filepath.Join(sub, string(rune('a'+i%26))+string(rune('a'+i/26))), nil, 0o666); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	state, _ := Of([]string{Tree(dir)}, time.Now())
	for b.Loop() {
		if !Unchanged(state) {
			b.Fatal("changed")
		}
	}
}
