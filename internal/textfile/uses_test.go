package textfile_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A use says why a package opens so many files by other ways than this package's.
type use struct {
	n   int
	why string
}

var uses = map[string]use{
	"envset":               {1, "the user's own GOENV, which the go command reads in the same way"},
	"internal/buildwarm":   {2, "files in the state directory"},
	"internal/cacherepair": {2, "the module cache, and a zip that was fetched"},
	"internal/cacheverify": {4, "the module cache; what is hashed is read piece by piece"},
	"internal/cli":         {3, "files that the user names, such as <(command), and programs that the gate has built"},
	"internal/exefile":     {1, "known to be a regular file, and read piece by piece"},
	"internal/git":         {2, "known to be a regular file, with a bound of its own"},
	"internal/goroot":      {1, "a directory"},
	"internal/gorun":       {2, "a copy in a directory of our own"},
	"internal/health":      {3, "files in the state directory, and resolv.conf"},
	"internal/install":     {2, "the user's shell profile, known to be a regular file, and our own record"},
	"internal/journal":     {5, "the state directory; files that are known to be regular; a directory that is synced"},
	"internal/modcache":    {4, "the module cache"},
	"internal/modpair":     {1, "a stamp in the state directory"},
	"internal/modpatch":    {1, "files that are known to be regular, in a directory that the user patches"},
	"internal/modstore":    {2, "the module cache"},
	"internal/netns":       {2, "a note in the state directory, and /proc"},
	"internal/offline":     {1, "the module cache"},
	"internal/relay":       {3, "files in the state directory"},
	"internal/repro":       {3, "built programs, and copies of files that are known to be regular"},
	"internal/snapshot":    {1, "the state directory"},
	"internal/sumcase":     {2, "the module cache"},
	"internal/sumlint":     {1, "the module cache"},
	"internal/textfile":    {2, "what the others are to use"},
	"internal/upstream":    {3, "the user's netrc, and the system's certificates"},
	"internal/vendorsync":  {1, "the state directory"},
	"internal/vendortree":  {1, "a directory whose regular files alone are read"},
	"policy":               {2, "known to be regular files; settings are bounded, what is trusted is hashed piece by piece"},
	"shim":                 {6, "programs on PATH that are known to be regular, GOROOT's VERSION, our own record, the terminal, and /proc"},
}

// readers are the functions that read a file whatever it is, by package.
var readers = map[string][]string{
	"os": {"ReadFile", "Open", "DirFS"},
	"github.com/rogpeppe/go-internal/robustio": {"ReadFile"},
}

// TestUses finds other ways than this package's to read a file. What is in a
// repository, or may be, is to be read by this package.
func TestUses(t *testing.T) {
	root := filepath.Join("..", "..")
	found := make(map[string][]string)
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		switch {
		case d.IsDir() && file != root && (name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		all, err := usesIn(file)
		for _, line := range all {
			found[path.Dir(rel)] = append(found[path.Dir(rel)], rel+":"+strconv.Itoa(line))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, places := range found {
		if u := uses[dir]; len(places) != u.n {
			t.Errorf("%s opens %d files, and %d are known to need no bound (%q):\n\t%s\nread by package textfile what may lie in a repository", dir, len(places), u.n, u.why, strings.Join(places, "\n\t"))
		}
	}
	for dir, u := range uses {
		if len(found[dir]) == 0 || u.why == "" {
			t.Errorf("%s: the row in uses is out of date, or gives no reason", dir)
		}
	}
}

// usesIn returns the lines of a Go file that name a reader.
func usesIn(file string) ([]int, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	imported := make(map[string]string) // the local name → the path
	for _, spec := range f.Imports {
		at, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		name := path.Base(at)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imported[name] = at
	}
	var lines []int
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				for _, name := range readers[imported[x.Name]] {
					if n.Sel.Name == name {
						lines = append(lines, fset.Position(n.Pos()).Line)
					}
				}
			}
		case *ast.CallExpr: // go/parser reads the file if it gets no source
			fun, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := fun.X.(*ast.Ident)
			if !ok || imported[x.Name] != "go/parser" || fun.Sel.Name != "ParseFile" || len(n.Args) < 3 {
				return true
			}
			if src, ok := n.Args[2].(*ast.Ident); ok && src.Name == "nil" {
				lines = append(lines, fset.Position(n.Pos()).Line)
			}
		}
		return true
	})
	return lines, nil
}
