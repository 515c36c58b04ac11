package journal

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// files are contents by path below a root; a missing name is no file.
type files map[string]string

func TestCommit(t *testing.T) {
	tests := []struct {
		name      string
		old, want files
	}{
		{"replace", files{"go.dev.mod": "a", "go.dev.sum": "b"}, files{"go.dev.mod": "A", "go.dev.sum": "B"}},
		{"create", nil, files{"go.dev.mod": "A", "go.dev.sum": "B"}},
		{"remove", files{"go.dev.mod": "a", "go.dev.sum": "b"}, files{"go.dev.mod": "A"}},
		{"empty is not absent", files{"a": "", "b": "x"}, files{"a": "x", "b": ""}},
		{"names", files{"a b": "1", "é\u00a0ü": "2", "d/x": "3"}, files{"a b": "4", "é\u00a0ü": "5", "d/x": "6"}},
		{"bytes", files{"a": "\xff\x00\t\r\n\"sum "}, files{"a": "\xfe\ufffd\t\n\"sum \n"}},
		{"nothing", files{"a": "1"}, files{"a": "1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root, j := newWorld(t, test.old)
			if err := j.Commit(changes(root, test.old, test.want)); err != nil {
				t.Fatal(err)
			}
			checkFiles(t, root, test.want)
			checkOver(t, j)
		})
	}
}

// What can be refused is refused while every file is still as it was.
func TestCommitRefused(t *testing.T) {
	old := files{"a": "1", "b": "2", "d/x": "3"}
	tests := []struct {
		name    string
		changes []Change // paths are below the root
		want    string
	}{
		{"edited", []Change{{"a", []byte("1"), []byte("x")}, {"b", []byte("other"), []byte("x")}}, "b: changed meanwhile by somebody else"},
		{"made", []Change{{"a", []byte("1"), []byte("x")}, {"b", nil, []byte("x")}}, "b: changed meanwhile"},
		{"removed", []Change{{"a", []byte("1"), []byte("x")}, {"c", []byte("2"), []byte("x")}}, "c: changed meanwhile"},
		{"empty is not absent", []Change{{"c", []byte{}, []byte("x")}}, "c: changed meanwhile"},
		{"twice", []Change{{"a", []byte("1"), []byte("x")}, {"d/../a", []byte("1"), []byte("y")}}, "changed twice"},
		{"no folder", []Change{{"a", []byte("1"), []byte("x")}, {"none/c", nil, []byte("x")}}, ".c.goshim-"},
		{"a folder", []Change{{"a", []byte("1"), []byte("x")}, {"d", []byte(""), []byte("x")}}, "not a regular file"},
		{"below a file", []Change{{"a", []byte("1"), []byte("x")}, {"b/c", nil, []byte("x")}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root, j := newWorld(t, old)
			for i := range test.changes {
				test.changes[i].Path = root + "/" + test.changes[i].Path
			}
			err := j.Commit(test.changes)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
			checkFiles(t, root, old)
			checkOver(t, j)
		})
	}
}

// An edit that comes while the temporary files are written is noticed too.
func TestCommitEditedLate(t *testing.T) {
	old := files{"a": "1", "b": "2"}
	root, j := newWorld(t, old)
	j.step = func(step string) {
		if strings.HasPrefix(step, "synced ") && strings.Contains(step, ".b.goshim-") {
			write(t, filepath.Join(root, "a"), "edited")
		}
	}
	if err := j.Commit(changes(root, old, files{"a": "3", "b": "4"})); err == nil {
		t.Error("commit over an edit succeeds")
	}
	checkFiles(t, root, files{"a": "edited", "b": "2"})
	checkOver(t, j)
}

func TestCommitReadOnly(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	old, next := files{"a": "1", "d/x": "2"}, files{"a": "3"}
	tests := []struct {
		name, path  string
		unixOnly    bool
		closed, was fs.FileMode
	}{
		{"file", "a", false, 0o444, 0o644},
		{"folder", "d", true, 0o555, 0o755},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.unixOnly && runtime.GOOS == "windows" {
				t.Skip("folders have no such bit")
			}
			root, j := newWorld(t, old)
			path := filepath.Join(root, test.path)
			chmod(t, path, test.closed)
			t.Cleanup(func() { os.Chmod(path, test.was) })
			err := j.Commit(changes(root, old, next))
			if err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("got error %v, want one about %s", err, path)
			}
			checkFiles(t, root, old)
			checkOver(t, j)
		})
	}
}

func TestCommitKeepsMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no permission bits")
	}
	old := files{"a": "1", "b": "2"}
	root, j := newWorld(t, old)
	chmod(t, filepath.Join(root, "a"), 0o666) // more than a usual umask leaves
	chmod(t, filepath.Join(root, "b"), 0o600)
	if err := j.Commit(changes(root, old, files{"a": "3", "b": "4"})); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{"a": 0o666, "b": 0o600} {
		fi, err := os.Stat(filepath.Join(root, name))
		if err != nil || fi.Mode() != want {
			t.Errorf("%s has mode %v, want %v (%v)", name, fi.Mode(), want, err)
		}
	}
}

func TestCommitThroughLink(t *testing.T) {
	old := files{"real/x": "1", "real/y": "2"}
	root, j := newWorld(t, old)
	links := map[string]string{
		"x":       filepath.Join("real", "x"),
		"y":       "again",
		"again":   filepath.Join("real", "y"),
		"new":     filepath.Join("real", "z"), // names no file yet
		"folder":  "real",
		"real/up": filepath.Join("..", "top"),
	}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Skip(err)
		}
	}
	err := j.Commit([]Change{
		{filepath.Join(root, "x"), []byte("1"), []byte("3")},
		{filepath.Join(root, "y"), []byte("2"), nil},
		{filepath.Join(root, "new"), nil, []byte("4")},
		{filepath.Join(root, "folder", "up"), nil, []byte("5")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, to := range links {
		if got, err := os.Readlink(filepath.Join(root, name)); got != to {
			t.Errorf("%s links to %q, want %q (%v)", name, got, to, err)
		}
		os.Remove(filepath.Join(root, name))
	}
	checkFiles(t, root, files{"real/x": "3", "real/z": "4", "top": "5"})
	checkOver(t, j)
}

func TestLinkLoop(t *testing.T) {
	root, j := newWorld(t, nil)
	loop := filepath.Join(root, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Skip(err)
	}
	err := j.Commit([]Change{{loop, nil, []byte("x")}})
	if err == nil || !strings.Contains(err.Error(), "too many symbolic links") {
		t.Errorf("got error %v", err)
	}
}

func TestNoDirectory(t *testing.T) {
	j := Open("")
	if j.Pending() {
		t.Error("something is pending")
	}
	if _, err := j.Lock(); err == nil {
		t.Error("the lock is taken")
	}
}

// newWorld returns a folder with the files and its locked journal.
func newWorld(t *testing.T, have files) (root string, j *Journal) {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root = filepath.Join(top, "dépôt 1")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range have {
		write(t, filepath.Join(root, name), content)
	}
	j = Open(filepath.Join(top, "state", "journal"))
	if j.Pending() {
		t.Error("something is pending before the first lock")
	}
	unlock, err := j.Lock()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(unlock)
	return root, j
}

// changes returns what leads from one set of files to the other.
func changes(root string, from, to files) []Change {
	var list []Change
	for _, name := range sorted(from, to) {
		list = append(list, Change{filepath.Join(root, name), from.bytes(name), to.bytes(name)})
	}
	return list
}

func (f files) bytes(name string) []byte {
	if content, ok := f[name]; ok {
		return []byte(content)
	}
	return nil
}

// checkFiles fails the test if below root are not just the wanted files.
func checkFiles(t *testing.T, root string, want files) {
	t.Helper()
	got := readTree(t, root)
	for _, name := range sorted(got, want) {
		if !bytes.Equal(got.bytes(name), want.bytes(name)) || (got.bytes(name) == nil) != (want.bytes(name) == nil) {
			t.Errorf("%s: got %q, want %q", name, got.bytes(name), want.bytes(name))
		}
	}
}

// checkOver fails the test if the journal has not forgotten its commits.
func checkOver(t *testing.T, j *Journal) {
	t.Helper()
	if j.Pending() {
		t.Error("a commit is pending")
	}
	checkFiles(t, j.dir, files{"lock": ""})
}

func readTree(t *testing.T, root string) files {
	t.Helper()
	found := files{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		found[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
