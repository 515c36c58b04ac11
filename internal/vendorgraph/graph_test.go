package vendorgraph

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/pkgscan"
)

const gomod = `module example.com/m

tool example.com/dep/tool

ignore (
	./data/cache
	node_modules
)
`

// load makes the files, each with the imports that are given, and loads them.
func load(t *testing.T, files map[string]string, vendored ...string) *Graph {
	t.Helper()
	dir := t.TempDir()
	for name, imports := range files {
		head, imports, ok := strings.Cut(imports, "|")
		if !ok {
			head, imports = "", head
		}
		text := head + "\n\npackage x\n"
		for path := range strings.FieldsSeq(imports) {
			text += "import _ \"" + path + "\"\n"
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	file, err := modfile.Parse("go.mod", []byte(gomod), nil)
	if err != nil {
		t.Fatal(err)
	}
	packages := make(map[string]module.Version)
	for _, path := range vendored {
		packages[path] = module.Version{Path: "example.com/dep", Version: "v1.0.0"}
	}
	g, err := Load([]modgraph.Main{{Dir: dir, File: file}}, filepath.Join(dir, "vendor"), packages)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestLoad has the directories that ./... does not reach into.
func TestLoad(t *testing.T) {
	files := make(map[string]string)
	for _, name := range []string{
		"a.go", "sub/a.go", "sub/testdata/a.go", "_x/a.go", ".x/a.go", "sub/vendor/a.go", "nested/go.mod", "nested/a.go", "nested/deep/a.go",
		"data/a.go", "data/cache/a.go", "data/cache/deep/a.go", "sub/data/cache/a.go", "node_modules/a.go", "sub/node_modules/a.go", "my_node_modules/a.go",
		"none/a.txt", "vendor/example.com/dep/a.go", "vendor/example.com/other/a.go",
	} {
		files[name] = ""
	}
	g := load(t, files, "example.com/dep", "example.com/gone")
	got := slices.Sorted(maps.Keys(g.Packages))
	want := []string{
		"example.com/dep", "example.com/gone", "example.com/m", "example.com/m/data", "example.com/m/my_node_modules", "example.com/m/sub",
		"example.com/m/sub/data/cache",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReach(t *testing.T) {
	const dep = "example.com/dep/"
	g := load(t, map[string]string{
		"a.go":                               dep + "a",
		"a_test.go":                          dep + "test",
		"a_windows.go":                       dep + "windows",
		"gen.go":                             "//go:build ignore|" + dep + "gen",
		"vendor/" + dep + "a/a.go":           dep + "b",
		"vendor/" + dep + "a/a_test.go":      dep + "deptest",
		"vendor/" + dep + "b/b.go":           dep + "a", // a cycle that no compiler would take
		"vendor/" + dep + "b/b_cgo.go":       `//go:build cgo|C ` + dep + "cgo",
		"vendor/" + dep + "test/x.go":        dep + "a",
		"vendor/" + dep + "tool/x.go":        dep + "toolonly",
		"vendor/" + dep + "windows/x.go":     "",
		"vendor/" + dep + "toolonly/x_js.go": "",
	}, dep+"a", dep+"b", dep+"test", dep+"tool", dep+"toolonly", dep+"windows", dep+"cgo", dep+"gen", dep+"deptest")
	linux := &pkgscan.Platform{GOOS: "linux", GOARCH: "amd64", Compiler: "gc"}
	withCgo := *linux
	withCgo.CgoEnabled = true
	tests := []struct {
		name, want string
		view       View
	}{
		{"linux", "a b", View{Platform: linux}},
		{"cgo", "a b cgo", View{Platform: &withCgo}},
		{"windows", "a b windows", View{Platform: On(&withCgo, "windows", "arm64")}},
		{"tests", "a b test", View{Platform: linux, Tests: true}},
		{"tools", "a b tool toolonly", View{Platform: linux, Tools: true}},
		{"any", "a b cgo test tool toolonly windows", View{Tests: true, Tools: true}},
	}
	for _, tt := range tests {
		var got []string
		for path := range g.Reach(tt.view) {
			if name, ok := strings.CutPrefix(path, dep); ok {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %v, want %s", tt.name, got, tt.want)
		}
	}
	chain := Chain(g.Reach(View{Tools: true}), dep+"windows")
	want := []Link{{"example.com/m", "a_windows.go", "windows"}, {Package: dep + "windows"}}
	if diff := cmp.Diff(want, chain); diff != "" {
		t.Error(diff)
	}
}

func TestReleases(t *testing.T) {
	if got := releases("go1.3.1"); !slices.Equal(got, []string{"go1.1", "go1.2", "go1.3"}) {
		t.Errorf("got %v", got)
	}
	if got := releases("devel"); len(got) < 20 {
		t.Errorf("got %v", got)
	}
}
