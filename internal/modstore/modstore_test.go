package modstore

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"
)

func TestFile(t *testing.T) {
	d := OfCache(filepath.FromSlash("/m"))
	m := module.Version{Path: "example.com/Burnt/Sushi/v2", Version: "v2.0.0-RC.1"}
	if got, want := filepath.ToSlash(d.File(m, Zip)), "/m/cache/download/example.com/!burnt/!sushi/v2/@v/v2.0.0-!r!c.1.zip"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, m := range []module.Version{{Path: "../x", Version: "v1.0.0"}, {Path: "example.com/x", Version: "../v1"}, {}} {
		if got := d.File(m, Mod); got != "" {
			t.Errorf("%v: got %s", m, got)
		}
	}
}

func TestParseSums(t *testing.T) {
	sums := ParseSums([]byte("example.com/a v1.0.0 h1:a=\nexample.com/a v1.0.0/go.mod h1:b=\n\nexample.com/c v1.0.0 h2:c=\nbroken\n"))
	m := module.Version{Path: "example.com/a", Version: "v1.0.0"}
	if sums[m] != "h1:a=" || sums.GoMod(m) != "h1:b=" || len(sums) != 2 {
		t.Errorf("got %v", sums)
	}
}

// writeZip writes the zip of m with one file, as old as it must be for its state
// to be kept.
func writeZip(t *testing.T, d Dir, m module.Version, text string) {
	t.Helper()
	path := d.File(m, Zip)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	w, err := z.Create(m.String() + "/x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestVerify(t *testing.T) {
	d, cache := Dir(t.TempDir()), t.TempDir()
	a, b := module.Version{Path: "example.com/a", Version: "v1.0.0"}, module.Version{Path: "example.com/b", Version: "v1.0.0"}
	absent := module.Version{Path: "example.com/absent", Version: "v1.0.0"}
	writeZip(t, d, a, "a")
	writeZip(t, d, b, "b")
	sums := Sums{a: hashZip(d.File(a, Zip)), b: "h1:other=", absent: "h1:x="}
	all := []module.Version{b, absent, a, {Path: "example.com/nosum", Version: "v1.0.0"}}
	for _, cache := range []string{cache, cache, ""} {
		altered, checked := d.Verify(cache, all, sums)
		if checked != 2 || len(altered) != 1 || altered[0].Path != b.Path || altered[0].Want != "h1:other=" {
			t.Errorf("got %v, %d", altered, checked)
		}
	}
	if err := os.WriteFile(d.File(a, Zip), []byte("PK"), 0o666); err != nil {
		t.Fatal(err)
	}
	if altered, _ := d.Verify(cache, []module.Version{a}, sums); len(altered) != 1 || altered[0].Have != "zip: not a valid zip file" {
		t.Errorf("truncated: got %v", altered)
	}
}

// TestStamps wants a hash to be used again only while the file is in the same
// state.
func TestStamps(t *testing.T) {
	d, cache := Dir(t.TempDir()), t.TempDir()
	m := module.Version{Path: "example.com/a", Version: "v1.0.0"}
	writeZip(t, d, m, "a")
	later := time.Now().Add(time.Hour)
	s := readStamps(cache, d)
	s.now = later
	state, settled := s.state(d.File(m, Zip))
	if !settled {
		t.Fatal("an old file is not settled")
	}
	s.write(map[string]string{state: "h1:kept="})
	if altered, _ := d.Verify(cache, []module.Version{m}, Sums{m: "h1:kept="}); len(altered) > 0 {
		t.Errorf("the stamp is not used: %v", altered)
	}
	writeZip(t, d, m, "longer than a")
	if altered, _ := d.Verify(cache, []module.Version{m}, Sums{m: "h1:kept="}); len(altered) != 1 {
		t.Error("the stamp of another file is used")
	}
	s = readStamps(cache, d)
	s.write(map[string]string{strings.Replace(state, " ", " 1", 1): "h1:new="})
	if n := len(readStamps(cache, d).known); n != 1 {
		t.Errorf("%d stamps are kept of one file", n)
	}
	if err := os.WriteFile(s.file, []byte("damaged"), 0o666); err != nil {
		t.Fatal(err)
	}
	if n := len(readStamps(cache, d).known); n != 0 {
		t.Errorf("%d stamps are read from a damaged file", n)
	}
}
