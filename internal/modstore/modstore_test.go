package modstore

import (
	"path/filepath"
	"testing"

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
