//go:build unix

package modcache

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/goshim/goshim/internal/modstore"
)

// TestLockPipe has a named pipe in the place of a lock, which nobody can hold.
func TestLockPipe(t *testing.T) {
	c := open(t)
	path := pathOf(t, c, modstore.Lock)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	release, err := Quiet(t.Context(), modstore.OfCache(c.dir), mod)
	if err != nil {
		t.Fatal(err)
	}
	release()
	if _, err := c.lock(t.Context(), mod); err == nil || !strings.HasSuffix(err.Error(), "not a regular file") {
		t.Errorf("got %v", err)
	}
}

// TestRenewPipe has named pipes, which are never read to their end, in the places
// of files.
func TestRenewPipe(t *testing.T) {
	good := makeZip(t, goodFiles)
	sum := sumOfZip(t, good)
	for _, kind := range []string{modstore.Zip, modstore.ZipHash} {
		c, err := Open(t.TempDir(), true)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddZip(t.Context(), mod, []string{sum}, give(good)); err != nil {
			t.Fatal(err)
		}
		path := pathOf(t, c, kind)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(path, 0o666); err != nil {
			t.Fatal(err)
		}
		if text := c.ZippedMod(mod, nil); text != nil {
			t.Errorf("a go.mod: %q", text)
		}
		if _, err := c.Renew(t.Context(), mod, []string{sum}, give(good)); err != nil {
			t.Fatal(err)
		}
		wantRight(t, c, sum)
	}
}
