package modstore

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/module"
)

// TestAddHashed: what go.sum has no hash of has that of its .ziphash file.
func TestAddHashed(t *testing.T) {
	d := Dir(t.TempDir())
	m := module.Version{Path: "example.com/dep", Version: "v1.0.0"}
	if err := os.MkdirAll(filepath.Dir(d.File(m, Zip)), 0o777); err != nil {
		t.Fatal(err)
	}
	for kind, text := range map[string]string{Zip: "no zip", ZipHash: "h1:noted=\n"} {
		if err := os.WriteFile(d.File(m, kind), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	modules := []module.Version{m, {Path: "example.com/absent", Version: "v1.0.0"}}
	sums := make(Sums)
	sums.AddHashed(d, modules)
	if len(sums) != 1 || sums[m] != "h1:noted=" {
		t.Errorf("got sums %v", sums)
	}
	sums = Sums{m: "h1:gosum="}
	if sums.AddHashed(d, modules); sums[m] != "h1:gosum=" {
		t.Errorf("what go.sum says was replaced by %s", sums[m])
	}
}
