package goroot

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/diag"
)

// newDir returns a generated GOROOT, not yet made, for a small real one.
func newDir(t *testing.T) Dir {
	t.Helper()
	work := t.TempDir()
	if err := os.Symlink("x", filepath.Join(work, "x")); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{"VERSION", "src/go.mod", "pkg/tool/x", goFile, "bin/gofmt"} {
		write(t, filepath.Join(work, "real", name))
	}
	write(t, filepath.Join(work, "shim"))
	return New(filepath.Join(work, "cache"), filepath.Join(work, "real"), filepath.Join(work, "shim"))
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(filepath.Base(path)), 0o777); err != nil {
		t.Fatal(err)
	}
}

func makeDir(t *testing.T, d Dir) {
	t.Helper()
	if err := d.Make(); err != nil {
		t.Fatal(err)
	}
	links, err := d.links()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if !d.has(l) {
			t.Errorf("%s does not lead to %s", l.name, l.target)
		}
	}
	if extra := d.extra(links); !d.IsRight() || len(extra) > 0 {
		t.Fatalf("made, but not right; not among the links: %q", extra)
	}
}

func TestMake(t *testing.T) {
	d := newDir(t)
	if d.IsRight() || Behind(d.Path) != "" {
		t.Error("right before it was made")
	}
	makeDir(t, d)
	for name, want := range map[string]string{"VERSION": "VERSION", "src/go.mod": "go.mod", goFile: "shim", "bin/gofmt": "gofmt"} {
		if got, err := os.ReadFile(d.path(name)); string(got) != want {
			t.Errorf("%s has %q, want %q (%v)", name, got, want, err)
		}
	}
	if got := Behind(d.Path); got != d.Real {
		t.Errorf("behind it is %q, want %q", got, d.Real)
	}
	if got := Behind(d.Real); got != "" {
		t.Errorf("behind the real one is %q", got)
	}
	if entries, _ := names(filepath.Dir(d.Path)); len(entries) != 1 {
		t.Errorf("beside it are %q", entries)
	}
}

// TestMend spoils the directory, or changes the real one, and wants it to be
// found wrong and made right.
func TestMend(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(d Dir) error
	}{
		{"a link is gone", func(d Dir) error { return os.Remove(d.path("VERSION")) }},
		{"the marker is gone", func(d Dir) error { return os.Remove(d.path(marker)) }},
		{"bin is gone", func(d Dir) error { return os.RemoveAll(d.path("bin")) }},
		{"a link leads elsewhere", func(d Dir) error {
			return errors.Join(os.Remove(d.path("src")), os.Symlink(d.Path, d.path("src")))
		}},
		{"a directory for a link", func(d Dir) error {
			return errors.Join(os.Remove(d.path("src")), os.MkdirAll(d.path("src"), 0o777))
		}},
		{"a link to the real bin", func(d Dir) error {
			return errors.Join(os.RemoveAll(d.path("bin")), os.Symlink(filepath.Join(d.Real, "bin"), d.path("bin")))
		}},
		{"a link to the real one", func(d Dir) error {
			return errors.Join(os.RemoveAll(d.Path), os.Symlink(d.Real, d.Path))
		}},
		{"the real go for the shim", func(d Dir) error {
			return errors.Join(os.Remove(d.path(goFile)), os.Symlink(filepath.Join(d.Real, goFile), d.path(goFile)))
		}},
		{"an entry too many", func(d Dir) error { return os.Mkdir(d.path("extra"), 0o777) }},
		{"a command too many", func(d Dir) error { return os.Mkdir(d.path("bin/extra"), 0o777) }},
		{"empty", func(d Dir) error { return errors.Join(os.RemoveAll(d.Path), os.Mkdir(d.Path, 0o777)) }},
		{"the real one has another entry", func(d Dir) error { return os.Mkdir(filepath.Join(d.Real, "misc"), 0o777) }},
		{"the real one has lost an entry", func(d Dir) error { return os.Remove(filepath.Join(d.Real, "VERSION")) }},
		{"the real one has lost a command", func(d Dir) error { return os.Remove(filepath.Join(d.Real, "bin", "gofmt")) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDir(t)
			makeDir(t, d)
			if err := tt.spoil(d); err != nil {
				t.Fatal(err)
			}
			if d.IsRight() {
				t.Error("right though it was spoilt")
			}
			makeDir(t, d)
			if data, err := os.ReadFile(filepath.Join(d.Real, goFile)); string(data) != filepath.Base(goFile) {
				t.Errorf("the real go has %q: %v", data, err)
			}
		})
	}
}

// TestForeign wants what goshim did not make, and cannot mend, to be named.
func TestForeign(t *testing.T) {
	d := newDir(t)
	makeDir(t, d)
	write(t, d.path("extra/file"))
	var e *diag.Error
	if err := d.Make(); !errors.As(err, &e) || e.Hint != "remove it" {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(d.path("extra/file")); err != nil {
		t.Error(err)
	}
}

// TestRemove wants a removal not to follow links.
func TestRemove(t *testing.T) {
	d := newDir(t)
	makeDir(t, d)
	remove(d.Path)
	if _, err := os.Lstat(d.Path); err == nil {
		t.Error("it is still there")
	}
	for _, name := range []string{"VERSION", goFile} {
		if _, err := os.Stat(filepath.Join(d.Real, name)); err != nil {
			t.Error(err)
		}
	}
	if err := os.Symlink(d.Real, d.Path); err != nil {
		t.Fatal(err)
	}
	remove(d.Path)
	if _, err := os.Stat(filepath.Join(d.Real, goFile)); err != nil {
		t.Error(err)
	}
}

// TestMakeAtOnce lets many make and mend one directory at the same time. Once
// it is there, it must be a GOROOT throughout.
func TestMakeAtOnce(t *testing.T) {
	d := newDir(t)
	for range 20 {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := d.Make(); err != nil {
					t.Error(err)
				}
				if data, err := os.ReadFile(d.path(goFile)); string(data) != "shim" {
					t.Errorf("bin/go has %q: %v", data, err)
				}
			})
		}
		wg.Wait()
		if !d.IsRight() {
			t.Fatal("not right")
		}
		os.Remove(d.path("bin/gofmt"))
		os.Remove(d.path("VERSION"))
	}
}

func TestNewDiffers(t *testing.T) {
	one := New("cache", "a", "b").Path
	for _, other := range []Dir{New("cache", "a", "c"), New("cache", "ab", ""), New("cache", "", "ab"), New("other", "a", "b")} {
		if other.Path == one {
			t.Errorf("%+v has the path of another", other)
		}
	}
}

func TestMakeErrors(t *testing.T) {
	d := newDir(t)
	write(t, filepath.Dir(filepath.Dir(d.Path))) // a file in the place of the cache
	var e *diag.Error
	if err := d.Make(); !errors.As(err, &e) || e.Hint != "set XDG_CACHE_HOME to a directory that can be written" {
		t.Errorf("error %v, hint missing", err)
	}
	d = newDir(t)
	if err := os.RemoveAll(d.Real); err != nil {
		t.Fatal(err)
	}
	if err := d.Make(); !errors.As(err, &e) || e.Hint != "" {
		t.Errorf("error %v with hint %q, want one about the real GOROOT", err, e.Hint)
	}
}

// TestCoarseTimes wants a file system that keeps whole seconds to do.
func TestCoarseTimes(t *testing.T) {
	d := newDir(t)
	makeDir(t, d)
	for i, dir := range dirs {
		real := time.Date(2024, 5, 6, 7, 8, 9, 987654321+i, time.UTC)
		if err := os.Chtimes(filepath.Join(d.Real, dir), real, real); err != nil {
			t.Fatal(err)
		}
		if d.IsRight() {
			t.Fatalf("right, though %q is newer", dir)
		}
		if err := os.Chtimes(d.path(dir), real, real.Truncate(time.Second)); err != nil {
			t.Fatal(err)
		}
		if !d.IsRight() {
			t.Errorf("not right with whole seconds in %q", dir)
		}
	}
}

// TestIsDamaged wants a directory without the marker to be known by its place,
// whether anything is left of it.
func TestIsDamaged(t *testing.T) {
	d := newDir(t)
	cache := filepath.Dir(filepath.Dir(d.Path))
	tests := []struct {
		cache, dir string
		want       bool
	}{
		{cache, d.Path, true},
		{cache, d.Path + string(filepath.Separator), true},
		{cache, d.Real, false},
		{cache, "", false},
		{"", d.Path, false},
		{cache, filepath.Join(d.Path, "src"), false},
	}
	check := func() {
		t.Helper()
		for _, tt := range tests {
			if got := IsDamaged(tt.cache, tt.dir); got != tt.want {
				t.Errorf("IsDamaged(%q, %q): got %v", tt.cache, tt.dir, got)
			}
		}
	}
	check()
	makeDir(t, d)
	if IsDamaged(cache, d.Path) {
		t.Error("damaged as it was made")
	}
	if err := os.Remove(d.path(marker)); err != nil {
		t.Fatal(err)
	}
	check()
}
