package modgraph

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

func parse(t *testing.T, text string) *modfile.File {
	t.Helper()
	f, err := modfile.Parse("go.mod", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestLoad(t *testing.T) {
	mods := map[string]string{
		"example.com/a@v1.0.0":    "module example.com/a\ngo 1.21\nrequire example.com/b v1.1.0\nrequire example.com/c v1.0.0\n",
		"example.com/b@v1.0.0":    "module example.com/b\ngo 1.21\n",
		"example.com/b@v1.1.0":    "module example.com/b\ngo 1.21\nrequire example.com/far v1.0.0\n",
		"example.com/old@v1.0.0":  "module example.com/old\nrequire example.com/c v1.1.0\nrequire example.com/bad v1.0.0\n",
		"example.com/c@v1.1.0":    "module example.com/c\ngo 1.21\nrequire example.com/d v1.0.0\n",
		"example.com/fork@v1.0.0": "module example.com/d\n",
	}
	read := func(m module.Version) ([]byte, error) {
		if text, ok := mods[m.String()]; ok {
			return []byte(text), nil
		}
		return nil, errors.New("not there")
	}
	const rest = `
require (
	example.com/a v1.0.0
	example.com/b v1.0.0
	example.com/local v1.0.0
	example.com/old v1.0.0
)
replace example.com/local => ./local
replace example.com/d v1.0.0 => example.com/fork v1.0.0
replace example.com/d => example.com/other v1.0.0
exclude example.com/bad v1.0.0
`
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "local"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "local", "go.mod"), []byte("module example.com/local\ngo 1.21\nrequire example.com/inner v1.0.0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ head, want, lacking string }{
		// What b v1.1.0 requires is not read, as a lists all that it needs.
		{"module example.com/app\ngo 1.21\n", "a@v1.0.0 b@v1.1.0 c@v1.1.0 fork@v1.0.0 inner@v1.0.0 old@v1.0.0", ""},
		{"module example.com/app\ngo 1.16\n", "a@v1.0.0 b@v1.1.0 c@v1.1.0 far@v1.0.0 fork@v1.0.0 inner@v1.0.0 old@v1.0.0", "c@v1.0.0 far@v1.0.0 inner@v1.0.0"},
	} {
		roots := &Roots{Mains: []Main{{Dir: dir, File: parse(t, tt.head+rest)}}}
		graph := roots.Load(read)
		var got []string
		for _, m := range roots.Built(graph.Selected) {
			got = append(got, strings.TrimPrefix(m.String(), "example.com/"))
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q: -want +got\n%s", tt.head, diff)
		}
		var lacking []string
		for _, m := range graph.Lacking {
			lacking = append(lacking, strings.TrimPrefix(m.String(), "example.com/"))
		}
		if diff := cmp.Diff(tt.lacking, strings.Join(lacking, " ")); diff != "" {
			t.Errorf("%q: lacking: -want +got\n%s", tt.head, diff)
		}
	}
}

// TestLoadEndless has a replacement whose go.mod has no end.
func TestLoadEndless(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "go.mod")); err != nil {
		t.Skip(err)
	}
	file := parse(t, "module example.com/app\ngo 1.21\nrequire example.com/local v1.0.0\nreplace example.com/local => "+strconv.Quote(filepath.ToSlash(dir))+"\n")
	roots := &Roots{Mains: []Main{{Dir: t.TempDir(), File: file}}}
	graph := roots.Load(func(module.Version) ([]byte, error) { return nil, errors.New("not there") })
	if len(graph.Lacking) != 1 || len(graph.Selected) != 1 {
		t.Errorf("selected %v, lacking %v", graph.Selected, graph.Lacking)
	}
}
