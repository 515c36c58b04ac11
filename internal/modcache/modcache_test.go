package modcache

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
)

var mod = module.Version{Path: "example.com/Mod", Version: "v1.0.0"}

// A zipFile is a file of a zip that a test makes.
type zipFile struct {
	name, text string
	method     uint16
}

func makeZip(t *testing.T, files []zipFile) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, f := range files {
		dst, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: f.method})
		if err == nil {
			_, err = dst.Write([]byte(f.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func sumOfZip(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.zip")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	sum, err := dirhash.HashZip(path, dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// open returns a cache whose directories can be removed.
func open(t *testing.T) *Cache {
	t.Helper()
	c, err := Open(t.TempDir(), true)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// give returns a function that fetches data.
func give(all ...[]byte) func(*os.File, func() error) error {
	return func(dst *os.File, check func() error) (err error) {
		for _, data := range all {
			if err := dst.Truncate(0); err != nil {
				return err
			}
			if _, err := dst.WriteAt(data, 0); err != nil {
				return err
			}
			if err = check(); err == nil {
				return nil
			}
		}
		return err
	}
}

func files(t *testing.T, c *Cache) (all []string) {
	t.Helper()
	err := filepath.WalkDir(c.dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			rel, _ := filepath.Rel(c.dir, path)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAddZip(t *testing.T) {
	big := make([]byte, 700<<10)
	rand.NewChaCha8([32]byte{}).Read(big)
	content := []zipFile{
		{"example.com/Mod@v1.0.0/", "", zip.Store},
		{"example.com/Mod@v1.0.0/z.go", "package mod\n", zip.Deflate},
		{"example.com/Mod@v1.0.0/go.mod", "module example.com/Mod\n", zip.Deflate},
		{"example.com/Mod@v1.0.0/empty", "", zip.Deflate},
		{"example.com/Mod@v1.0.0/a/b/c/stored", "stored", zip.Store},
		{"example.com/Mod@v1.0.0/a/", "", zip.Store},
		{"example.com/Mod@v1.0.0/a/big", string(big), zip.Deflate},
		{"example.com/Mod@v1.0.0/a/long", strings.Repeat("long ", 100_000), zip.Deflate},
	}
	for range 100 {
		content = append(content, zipFile{"example.com/Mod@v1.0.0/many/" + strings.Repeat("x", len(content)), "x", zip.Deflate})
	}
	data := makeZip(t, content)
	sum := sumOfZip(t, data)
	other := makeZip(t, content[:3])
	c := open(t)

	// The first source has another zip.
	if err := c.AddZip(t.Context(), mod, []string{"h1:other", sum}, give(other, data)); err != nil {
		t.Fatal(err)
	}
	dir, _ := c.Dir(mod)
	for _, f := range content {
		if strings.HasSuffix(f.name, "/") {
			continue
		}
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(f.name, "example.com/Mod@v1.0.0/"))))
		if err != nil || string(got) != f.text {
			t.Errorf("%s: %d bytes, %v", f.name, len(got), err)
		}
	}
	hash, _ := c.Path(mod, "ziphash")
	if got, err := os.ReadFile(hash); string(got) != sum {
		t.Errorf("ziphash %q, %v", got, err)
	}
	if !c.HasZip(mod) || c.Has(mod, "partial") {
		t.Error("it is not whole")
	}
	err := c.AddZip(t.Context(), mod, []string{sum}, func(*os.File, func() error) error { return errors.New("asked again") })
	if err != nil {
		t.Error(err)
	}
}

func TestAddZipRefused(t *testing.T) {
	good := makeZip(t, []zipFile{{"example.com/Mod@v1.0.0/go.mod", "module example.com/Mod\n", zip.Store}})
	badCRC := bytes.Replace(bytes.Clone(good), []byte("module"), []byte("modulo"), 1)
	for _, tt := range []struct {
		name string
		zip  []byte
		sum  string
		err  string
	}{
		{"no zip", []byte("<html>"), "h1:x", "not a valid zip file"},
		{"half a zip", good[:len(good)/2], "h1:x", "not a valid zip file"},
		{"other content", good, "h1:x", "checksum mismatch: it has h1:"},
		{"wrong CRC", badCRC, sumOfZip(t, good), "checksum error"},
		{"another module", makeZip(t, []zipFile{{"example.com/Other@v1.0.0/go.mod", "x", zip.Store}}), "h1:x", "path does not have prefix"},
		{"a way out", makeZip(t, []zipFile{{"example.com/Mod@v1.0.0/../x", "x", zip.Store}}), "h1:x", "malformed file path"},
		{"twice", makeZip(t, []zipFile{{"example.com/Mod@v1.0.0/x", "x", zip.Store}, {"example.com/Mod@v1.0.0/X", "x", zip.Store}}), "h1:x", "collision"},
	} {
		c := open(t)
		err := c.AddZip(t.Context(), mod, []string{tt.sum}, give(tt.zip))
		if err == nil || !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.err)
		}
		if got := strings.Join(files(t, c), " "); got != "cache/download/example.com/!mod/@v/v1.0.0.lock" {
			t.Errorf("%s: there are %s", tt.name, got)
		}
		if dir, _ := c.Dir(mod); dir != "" {
			if _, err := os.Lstat(dir); err == nil {
				t.Errorf("%s: the directory is there", tt.name)
			}
		}
	}
}

// What comes late gives way to the end of the context, and gives the lock back.
func TestLockWaits(t *testing.T) {
	c := open(t)
	lock, err := c.lock(t.Context(), mod)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := c.AddZip(ctx, mod, nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v", err)
	}
	lock.Close()
	again, err := c.lock(t.Context(), mod)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestUnfinished(t *testing.T) {
	c := open(t)
	w, err := c.Warmer(t.Context())
	if err != nil || w.Unfinished || !c.Unfinished() {
		t.Fatalf("%+v, %v", w, err)
	}
	w.file.Close() // as the kernel does for one that is killed
	if w, err = c.Warmer(t.Context()); err != nil || !w.Unfinished {
		t.Fatalf("%+v, %v", w, err)
	}
	w.Close()
	if c.Unfinished() {
		t.Error("it has ended well")
	}
}
