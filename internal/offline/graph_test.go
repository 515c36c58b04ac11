package offline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modstore"
)

// TestLoad compares with what go mod graph and go list -m all say of the same
// modules.
func TestLoad(t *testing.T) {
	dir := modstore.Dir(t.TempDir())
	for name, text := range map[string]string{
		"a@v1.0.0": "go 1.20\nrequire b v1.0.0\nrequire c v1.0.0\n",
		"b@v1.0.0": "go 1.20\nrequire d v1.0.0\n",
		"b@v1.1.0": "go 1.20\nrequire d v1.1.0\n",
		"c@v1.0.0": "go 1.16\nrequire e v1.0.0\n", // not pruned
		"e@v1.0.0": "go 1.21rc1\nrequire f v1.0.0\n",
		"f@v1.0.0": "",
		"g@v1.0.0": "go 1.16\nrequire h v1.0.0\n",
	} {
		path, version, _ := strings.Cut(name, "@")
		file := dir.File(module.Version{Path: "example.com/" + path, Version: version}, modstore.Mod)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		text = strings.ReplaceAll("module "+path+"\n"+text, "require ", "require example.com/")
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "local"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "local", "go.mod"), []byte("module x\ngo 1.20\nrequire example.com/b v1.1.0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, mod, want, lacking string }{
		{"pruned", "go 1.26\nrequire a v1.0.0", "a v1.0.0, b v1.0.0, c v1.0.0", ""},
		{"a direct one is not pruned away", "go 1.26\nrequire a v1.0.0\nrequire b v1.1.0", "a v1.0.0, b v1.1.0, c v1.0.0, d v1.1.0", ""},
		{"of one without pruning all is needed", "go 1.26\nrequire c v1.0.0", "c v1.0.0, e v1.0.0, f v1.0.0", ""},
		{"the main module without pruning", "go 1.16\nrequire a v1.0.0", "a v1.0.0, b v1.0.0, c v1.0.0, d v1.0.0, e v1.0.0, f v1.0.0", "d v1.0.0"},
		{"lacking", "go 1.26\nrequire g v1.0.0", "g v1.0.0, h v1.0.0", "h v1.0.0"},
		{"excluded", "go 1.26\nrequire g v1.0.0\nexclude h v1.0.0", "g v1.0.0", ""},
		{"a directory", "go 1.26\nrequire a v1.0.0\nreplace a => ./local", "b v1.1.0", ""},
		{"a fork", "go 1.26\nrequire a v1.0.0\nreplace a v1.0.0 => f v1.0.0", "f v1.0.0", ""},
		{"another version is replaced", "go 1.26\nrequire f v1.0.0\nreplace f v1.1.0 => g v1.0.0", "f v1.0.0", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "module example.com/app\n" + tt.mod + "\n"
			for _, verb := range []string{"require ", "exclude ", "replace "} {
				text = strings.ReplaceAll(text, verb, verb+"example.com/")
			}
			text = strings.ReplaceAll(text, "=> f", "=> example.com/f")
			text = strings.ReplaceAll(text, "=> g", "=> example.com/g")
			f, err := modfile.Parse("go.mod", []byte(text), nil)
			if err != nil {
				t.Fatal(err)
			}
			g := Load(f, root, []modstore.Dir{empty(t), dir})
			if diff := cmp.Diff([]string{tt.want, tt.lacking}, []string{list(g.Modules()), list(g.Lacking)}); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// empty returns an empty directory.
func empty(t *testing.T) modstore.Dir { return modstore.Dir(t.TempDir()) }

func list(modules []module.Version) string {
	var names []string
	for _, m := range modules {
		names = append(names, strings.TrimPrefix(m.Path, "example.com/")+" "+m.Version)
	}
	return strings.Join(names, ", ")
}
