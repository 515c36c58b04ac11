package modcache

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/sumdb/dirhash"
)

var (
	goodFiles = []zipFile{{name: "example.com/Mod@v1.0.0/go.mod", text: "module example.com/Mod\n"}, {name: "example.com/Mod@v1.0.0/d/a.go", text: "package d\n"}}
	evilFiles = []zipFile{{name: "example.com/Mod@v1.0.0/go.mod", text: "module example.com/Mod\n"}, {name: "example.com/Mod@v1.0.0/d/a.go", text: "package e\n"}}
)

// pathOf returns the path of a file of mod in the cache.
func pathOf(t *testing.T, c *Cache, kind string) string {
	t.Helper()
	p, err := c.Path(mod, kind)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// wantRight wants the version to be what the sum says.
func wantRight(t *testing.T, c *Cache, sum string) {
	t.Helper()
	dir, err := c.Dir(mod)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := dirhash.HashZip(pathOf(t, c, "zip"), dirhash.Hash1); err != nil || got != sum {
		t.Errorf("the zip has %s, %v", got, err)
	}
	if got, err := dirhash.HashDir(dir, mod.Path+"@"+mod.Version, dirhash.Hash1); err != nil || got != sum {
		t.Errorf("the directory has %s, %v", got, err)
	}
	if got, err := os.ReadFile(pathOf(t, c, "ziphash")); err != nil || string(got) != sum {
		t.Errorf("the .ziphash is %q, %v", got, err)
	}
	if !c.HasZip(mod) {
		t.Error("it is not whole")
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(pathOf(t, c, "zip")), "*.tmp"))
	if len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

func TestRenew(t *testing.T) {
	good, evil := makeZip(t, goodFiles), makeZip(t, evilFiles)
	sum := sumOfZip(t, good)
	dir := func(c *Cache) string {
		d, err := c.Dir(mod)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	tests := []struct {
		name    string
		damage  func(t *testing.T, c *Cache)
		want    Renewed
		fetches bool
	}{
		{"nothing", func(*testing.T, *Cache) {}, Renewed{}, false},
		{"edited file", func(t *testing.T, c *Cache) {
			os.Chmod(filepath.Join(dir(c), "d", "a.go"), 0o666)
			write(t, filepath.Join(dir(c), "d", "a.go"), "package evil\n")
		}, Renewed{Dir: true}, false},
		{"added file", func(t *testing.T, c *Cache) { write(t, filepath.Join(dir(c), "d", "b.go"), "package d\n") }, Renewed{Dir: true}, false},
		{"removed file", func(t *testing.T, c *Cache) { os.Remove(filepath.Join(dir(c), "d", "a.go")) }, Renewed{Dir: true}, false},
		{"half a directory", func(t *testing.T, c *Cache) { write(t, pathOf(t, c, "partial"), "") }, Renewed{Dir: true}, false},
		{"no directory", func(t *testing.T, c *Cache) { os.RemoveAll(dir(c)) }, Renewed{Dir: true}, false},
		{"wrong .ziphash", func(t *testing.T, c *Cache) { write(t, pathOf(t, c, "ziphash"), "h1:wrong=") }, Renewed{ZipHash: true}, false},
		{"no .ziphash", func(t *testing.T, c *Cache) { os.Remove(pathOf(t, c, "ziphash")) }, Renewed{ZipHash: true}, false},
		{"edited zip", func(t *testing.T, c *Cache) { write(t, pathOf(t, c, "zip"), string(evil)) }, Renewed{true, true, true}, true},
		{"truncated zip", func(t *testing.T, c *Cache) { write(t, pathOf(t, c, "zip"), string(good[:len(good)/2])) }, Renewed{true, true, true}, true},
		{"zip and .ziphash", func(t *testing.T, c *Cache) {
			write(t, pathOf(t, c, "zip"), string(evil))
			write(t, pathOf(t, c, "ziphash"), sumOfZip(t, evil))
		}, Renewed{true, true, true}, true},
		{"no zip", func(t *testing.T, c *Cache) { os.Remove(pathOf(t, c, "zip")) }, Renewed{true, true, true}, true},
		{"killed before the rename", func(t *testing.T, c *Cache) {
			write(t, pathOf(t, c, "partial"), "")
			os.Remove(pathOf(t, c, "zip"))
			os.Remove(pathOf(t, c, "ziphash"))
			write(t, pathOf(t, c, "zip")+"123.tmp", string(good))
		}, Renewed{true, true, true}, true},
	}
	for _, test := range tests {
		for _, writable := range []bool{false, true} {
			t.Run(test.name, func(t *testing.T) {
				c, err := Open(t.TempDir(), true)
				if err != nil {
					t.Fatal(err)
				}
				if err := c.AddZip(t.Context(), mod, []string{sum}, give(good)); err != nil {
					t.Fatal(err)
				}
				test.damage(t, c)
				c.writable = writable
				t.Cleanup(func() { removeAll(dir(c)) })
				fetched := false
				got, err := c.Renew(t.Context(), mod, []string{sum}, func(dst *os.File, check func() error) error {
					fetched = true
					return give(evil, good)(dst, check)
				})
				if err != nil || got != test.want || fetched != test.fetches {
					t.Errorf("got %+v, fetched %v, %v; want %+v", got, fetched, err, test.want)
				}
				wantRight(t, c, sum)
			})
		}
	}
}

// TestRenewFails: without a good zip, the cache stays as it is.
func TestRenewFails(t *testing.T) {
	good, evil := makeZip(t, goodFiles), makeZip(t, evilFiles)
	sum := sumOfZip(t, good)
	c := open(t)
	if err := c.AddZip(t.Context(), mod, []string{sum}, give(good)); err != nil {
		t.Fatal(err)
	}
	write(t, pathOf(t, c, "zip"), string(evil))
	_, err := c.Renew(t.Context(), mod, []string{sum}, give(evil))
	var wrong *SumError
	if !errors.As(err, &wrong) {
		t.Errorf("got error %v", err)
	}
	if data, err := os.ReadFile(pathOf(t, c, "zip")); err != nil || string(data) != string(evil) || !c.HasZip(mod) {
		t.Error("the cache has changed")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Renew(ctx, mod, []string{sum}, give(good)); err == nil {
		t.Log("the lock came before the end") // either may be first
	}
}

func TestZippedMod(t *testing.T) {
	good := makeZip(t, goodFiles)
	c := open(t)
	if err := c.AddZip(t.Context(), mod, []string{sumOfZip(t, good)}, give(good)); err != nil {
		t.Fatal(err)
	}
	if got := c.ZippedMod(mod, []string{"h1:other="}); got != nil {
		t.Errorf("another one: %q", got)
	}
	const text = "module example.com/Mod\n"
	sum, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
	if err != nil {
		t.Fatal(err)
	}
	if got := c.ZippedMod(mod, []string{sum}); string(got) != text {
		t.Errorf("got %q", got)
	}
}

// TestRenewOrder watches what a go command would find if a renewal were killed:
// with V.partial it unpacks the zip, which must be the good one by then, and
// without it the directory must be whole.
func TestRenewOrder(t *testing.T) {
	good, evil := makeZip(t, goodFiles), makeZip(t, evilFiles)
	sum := sumOfZip(t, good)
	c := open(t)
	if err := c.AddZip(t.Context(), mod, []string{sum}, give(good)); err != nil {
		t.Fatal(err)
	}
	dir, err := c.Dir(mod)
	if err != nil {
		t.Fatal(err)
	}
	isThere := func(path string) bool { _, err := os.Lstat(path); return err == nil }
	zip, partial, file := pathOf(t, c, "zip"), pathOf(t, c, "partial"), filepath.Join(dir, "d", "a.go")
	var round atomic.Int32
	done := make(chan bool)
	go func() {
		defer close(done)
		for n := round.Load(); n >= 0; n = round.Load() {
			if isThere(partial) {
				if data, err := os.ReadFile(zip); (err != nil || string(data) != string(good)) && round.Load() == n {
					t.Errorf("round %d: the directory is given up for a zip that is not the good one: %v", n, err)
					return
				}
			} else if !isThere(file) && !isThere(partial) && !isThere(file) && round.Load() == n {
				t.Errorf("round %d: half a directory that go commands would use", n)
				return
			}
		}
	}()
	for i := range 40 {
		damaged := zip
		if i%2 == 0 {
			damaged = file
			os.Chmod(file, 0o666)
		}
		write(t, damaged, string(evil))
		if _, err := c.Renew(t.Context(), mod, []string{sum}, give(good)); err != nil {
			t.Fatal(err)
		}
		round.Add(1)
	}
	round.Store(-1)
	<-done
}
