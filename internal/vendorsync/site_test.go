package vendorsync

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/vendorsum"
)

// files are contents by path below a root; a missing name is no file.
type files map[string]string

// newSite returns the site of a new directory with the files.
func newSite(t *testing.T, f files) *site {
	t.Helper()
	top := t.TempDir()
	s := &site{root: filepath.Join(top, "my module"), state: filepath.Join(top, "state"), exchange: exchange}
	write(t, s.root, f)
	return s
}

func write(t *testing.T, root string, f files) {
	t.Helper()
	if err := os.MkdirAll(root, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range f {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// readAll returns all files below root.
func readAll(t *testing.T, root string) files {
	t.Helper()
	f := files{}
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		f[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// replaceBy does what a sync does whose go command makes the tree of next.
func replaceBy(t *testing.T, s *site, next files) error {
	t.Helper()
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	id, err := s.begin()
	if err != nil {
		return err
	}
	var sum []byte
	made := files{}
	for name, text := range next {
		if name == sumName {
			sum = []byte(text)
		} else {
			made[strings.TrimPrefix(name, "vendor/")] = text
		}
	}
	if len(made) > 0 {
		write(t, s.newTree(id), made)
	}
	s.did("made")
	was, err1 := treeHash(s.vendor())
	hash, err2 := treeHash(s.newTree(id))
	if err = errors.Join(err1, err2); err == nil {
		err = s.replace(id, was, hash, sum)
	}
	return errors.Join(err, s.clear())
}

var (
	oldSum = "modules.txt " + vendorsum.Text([]byte("old")) + "\n"
	newSum = "modules.txt " + vendorsum.Text([]byte("new")) + "\n"

	oldPair = files{"vendor/modules.txt": "old", "vendor/a/a.go": "old", "vendor/same": "same", "vendor.sum": oldSum}
	newPair = files{"vendor/modules.txt": "new", "vendor/a/a.go": "new", "vendor/same": "same", "vendor/b/b.go": "new", "vendor.sum": newSum}
)

// pairs are the ways from one pair to another.
var pairs = []struct {
	name      string
	old, next files
}{
	{"replace", oldPair, newPair},
	{"first", files{}, newPair},
	{"no sum before", files{"vendor/modules.txt": "old"}, newPair},
	{"none left", oldPair, files{}},
	{"only sum", oldPair, files{"vendor/modules.txt": "old", "vendor/a/a.go": "old", "vendor/same": "same", "vendor.sum": newSum}},
}

// ways are how trees change places, by system.
var ways = map[string]func(a, b string) error{
	"exchange": exchange,
	"renames":  func(_, _ string) error { return errors.ErrUnsupported },
}

func TestReplace(t *testing.T) {
	for way, exchange := range ways {
		for _, test := range pairs {
			t.Run(way+"/"+test.name, func(t *testing.T) {
				s := newSite(t, test.old)
				s.exchange = exchange
				if err := replaceBy(t, s, test.next); err != nil {
					t.Fatal(err)
				}
				checkPair(t, s, test.next)
			})
		}
	}
}

// checkPair wants the pair and nothing else.
func checkPair(t *testing.T, s *site, want files) {
	t.Helper()
	if diff := cmp.Diff(want, readAll(t, s.root)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if s.pending() {
		t.Error("a record is left")
	}
	if _, err := os.Lstat(s.work()); err == nil {
		t.Error("the work directory is left")
	}
}

// killed stands for the end of a process.
type killed struct{}

// killAt lets the site die after its n-th step, and reports whether it got there.
func killAt(s *site, n int, do func()) (isKilled bool, step string) {
	s.step = func(name string) {
		if n--; n < 0 {
			step = name
			panic(killed{})
		}
	}
	defer func() {
		s.step = nil
		if r := recover(); r != nil {
			if r != (killed{}) {
				panic(r)
			}
			isKilled = true
		}
	}()
	do()
	return false, ""
}

// A kill after any step leaves a vendor/ that is the old or the new one; with an
// exchange it is there all the time. Who looks next finds one of the pairs, and who
// syncs next nothing else.
func TestKilled(t *testing.T) {
	for way, exchange := range ways {
		for _, test := range pairs {
			t.Run(way+"/"+test.name, func(t *testing.T) {
				steps := 0
				for ; ; steps++ {
					s := newSite(t, test.old)
					s.exchange = exchange
					isKilled, step := killAt(s, steps, func() { replaceBy(t, s, test.next) })
					if !isKilled {
						break
					}
					what := fmt.Sprintf("killed at step %d, %s", steps, step)
					checkTree(t, what, s, way == "exchange", test.old, test.next)
					recovered := siteLike(s)
					for n := 0; ; n++ { // killed again and again
						if again, step := killAt(recovered, n, func() { lockOnce(t, recovered) }); !again {
							break
						} else {
							checkTree(t, what+", and again at "+step, s, way == "exchange", test.old, test.next)
						}
					}
					got := readAll(t, s.root)
					if cmp.Diff(test.old, got) != "" && cmp.Diff(test.next, got) != "" {
						t.Errorf("%s: neither pair: %q", what, got)
					}
					checkPair(t, s, got)
				}
				if steps < 5 {
					t.Errorf("only %d steps", steps)
				}
			})
		}
	}
}

func siteLike(s *site) *site { return &site{root: s.root, state: s.state, exchange: s.exchange} }

func lockOnce(t *testing.T, s *site) {
	unlock, err := s.lock()
	if err != nil {
		t.Error(err)
		return
	}
	unlock()
}

// checkTree wants vendor/ to be that of one of the pairs.
func checkTree(t *testing.T, what string, s *site, always bool, pairs ...files) {
	t.Helper()
	got := vendorOf(readAll(t, s.root))
	isOne := len(got) == 0 && !always
	for _, pair := range pairs {
		isOne = isOne || cmp.Equal(vendorOf(pair), got)
	}
	if !isOne {
		t.Errorf("%s: vendor/ is a mixture: %q", what, got)
	}
}

func vendorOf(f files) files {
	tree := files{}
	for name, text := range f {
		if strings.HasPrefix(name, "vendor/") {
			tree[name] = text
		}
	}
	return tree
}

// What cannot be replaced is refused, and stays.
func TestRefused(t *testing.T) {
	tests := []struct {
		name, want string
		make       func(s *site) error
	}{
		{"vendor file", "vendor: not a directory", func(s *site) error { return os.WriteFile(s.vendor(), nil, 0o666) }},
		{"sum directory", "vendor.sum: is not a regular file", func(s *site) error { return os.Mkdir(s.sum(), 0o777) }},
		{"sum of others", "vendor.sum: is not a list of what vendor/ holds that goshim has written", func(s *site) error {
			return os.WriteFile(s.sum(), []byte("example.com/dep v1.0.0 "+vendorsum.Text(nil)+"\n"), 0o666)
		}},
		{"sum link", "vendor.sum: is a symbolic link", func(s *site) error {
			return errors.Join(os.WriteFile(filepath.Join(s.root, "other"), []byte(oldSum), 0o666), os.Symlink("other", s.sum()))
		}},
		{"repository", "vendor/a: is a repository", func(s *site) error {
			write(t, s.root, files{"vendor/modules.txt": "", "vendor/a/.git/HEAD": "x"})
			return nil
		}},
		{"no list", "vendor: has files, but no modules.txt", func(s *site) error {
			write(t, s.root, files{"vendor/a/a.go": ""})
			return nil
		}},
		{"work file", workName + ": not made by goshim", func(s *site) error { return os.WriteFile(s.work(), nil, 0o666) }},
		{"work of others", workName + ": not made by goshim", func(s *site) error {
			return errors.Join(os.Mkdir(s.work(), 0o777), os.WriteFile(filepath.Join(s.work(), "mine"), nil, 0o666))
		}},
		{"link", "vendor: a symbolic link", func(s *site) error {
			return errors.Join(os.Mkdir(filepath.Join(s.root, "other"), 0o777), os.Symlink("other", s.vendor()))
		}},
		{"work link", workName + ": not made by goshim", func(s *site) error {
			return errors.Join(os.Mkdir(filepath.Join(s.root, "other"), 0o777), os.Symlink("other", s.work()))
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if strings.HasSuffix(test.name, "link") && runtime.GOOS == "windows" {
				t.Skip("links need a privilege")
			}
			s := newSite(t, nil)
			if err := test.make(s); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadDir(s.root)
			if err != nil {
				t.Fatal(err)
			}
			if err := replaceBy(t, s, newPair); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
			after, err := os.ReadDir(s.root)
			if err != nil || len(after) != len(before) || s.pending() {
				t.Errorf("got %v, want %v; %v", after, before, err)
			}
		})
	}
}

// A replacement that fails half-way is undone.
func TestUndone(t *testing.T) {
	for way, exchange := range ways {
		for _, test := range pairs {
			t.Run(way+"/"+test.name, func(t *testing.T) {
				s := newSite(t, test.old)
				s.exchange = exchange
				block := ""
				s.step = func(name string) {
					if name == "decided" { // now vendor.sum cannot be replaced
						block = filepath.Join(s.root, sumName)
						os.Rename(block, block+".kept")
						os.MkdirAll(filepath.Join(block, "x"), 0o777)
						if len(test.next) == 0 {
							os.Chmod(block, 0o555)
						}
					}
				}
				err := replaceBy(t, s, test.next)
				s.step = nil
				os.Chmod(block, 0o777)
				if err == nil {
					t.Skip("it went through")
				}
				os.RemoveAll(block)
				os.Rename(block+".kept", block)
				checkPair(t, s, test.old)
			})
		}
	}
}

// A record of a repository that was changed since, or that is torn, is dropped.
func TestRecordVoid(t *testing.T) {
	for _, text := range []string{"", "{", `{"id":"../x"}`, `{"id":"x","tree":"sha256:00","sum":"00"}`} {
		s := newSite(t, oldPair)
		write(t, s.state, files{"decided": text})
		if lockOnce(t, s); s.pending() {
			t.Errorf("%q stays", text)
		}
		checkPair(t, s, oldPair)
	}
}

func TestNoState(t *testing.T) {
	s := newSite(t, oldPair)
	s.state = ""
	if err := replaceBy(t, s, newPair); err == nil || s.pending() {
		t.Errorf("got error %v", err)
	}
	checkTree(t, "no state", s, true, oldPair)
}
