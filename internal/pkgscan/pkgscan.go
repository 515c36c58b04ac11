// Package pkgscan reads what the Go files of a directory import, and when a
// build has them. It reads the files' heads and runs nothing.
package pkgscan

import (
	"bytes"
	"errors"
	"go/ast"
	"go/build"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/textfile"
)

// maxFile is the size in bytes of the largest file that is read.
const maxFile = 64 << 20

// A File is a Go file.
type File struct {
	Name    string
	Package string   // the name in its package clause
	Imports []string // without "C"
	Cgo     bool     // imports "C"

	places  []token.Position // of Imports
	ignored bool
	head    string // its build constraints, as go/build reads them
	expr    constraint.Expr
}

// Place returns where in the file an import stands, which it must have.
func (f *File) Place(path string) token.Position { return f.places[slices.Index(f.Imports, path)] }

// IsTest reports whether the file is one of the package's tests.
func (f *File) IsTest() bool { return strings.HasSuffix(f.Name, "_test.go") }

// IsIgnored reports what the function of that name does.
func (f *File) IsIgnored() bool { return f.ignored }

// IsBuilt reports whether a build for the platform has the file.
func (f *File) IsBuilt(p *Platform) bool {
	if f.Cgo && !p.CgoEnabled || f.IsIgnored() {
		return false
	}
	ctx := build.Context(*p)
	ctx.OpenFile = func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(f.head + "\npackage p\n")), nil
	}
	ok, err := ctx.MatchFile("", f.Name)
	return ok && err == nil
}

// Needs says what a build must have for the file to be in it: its constraint and
// the platform in its name. It is "" if every build has it.
func (f *File) Needs() string {
	var all []string
	if f.expr != nil {
		all = append(all, f.expr.String())
	}
	words := strings.Split(strings.TrimSuffix(strings.TrimSuffix(f.Name, ".go"), "_test"), "_")
	for _, word := range words[max(1, len(words)-2):] {
		if isPlatform(word) && !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	if f.Cgo {
		all = append(all, "cgo")
	}
	return strings.Join(all, ", ")
}

// isPlatform reports whether a word in a file's name is an operating system or
// an architecture.
func isPlatform(word string) bool {
	nowhere := Platform{GOOS: "-", GOARCH: "-", Compiler: "gc"}
	return !(&File{Name: "x_" + word + ".go"}).IsBuilt(&nowhere)
}

// A Platform is what builds are made for: operating system, architecture, tags,
// and whether cgo works.
type Platform build.Context

func (p *Platform) String() string { return p.GOOS + "/" + p.GOARCH }

// Dir returns the Go files of a directory, sorted by name; none if it is not
// there. Links are not followed. A file that is not Go has what could be read.
func Dir(dir string) ([]*File, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []*File
	for _, e := range entries {
		name := e.Name()
		// Files that begin so are no part of any build (go/build).
		if !strings.HasSuffix(name, ".go") || !e.Type().IsRegular() || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
			continue
		}
		data, err := read(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		files = append(files, Parse(name, data))
	}
	return files, nil
}

// read returns the content of a file, or nothing of one that is too large to be
// a Go file.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxFile {
		return nil, err
	}
	return textfile.Read(path, maxFile)
}

// Parse reads the head of a Go file.
func Parse(name string, data []byte) *File {
	f := &File{Name: name, ignored: IsIgnored(data)}
	fset := token.NewFileSet()
	syntax, _ := parser.ParseFile(fset, name, data, parser.ImportsOnly|parser.ParseComments)
	if syntax == nil {
		return f
	}
	if syntax.Name != nil {
		f.Package = syntax.Name.Name
	}
	for _, spec := range syntax.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		switch {
		case err != nil || path == "":
		case path == "C":
			f.Cgo = true
		case !slices.Contains(f.Imports, path):
			f.Imports = append(f.Imports, path)
			f.places = append(f.places, fset.PositionFor(spec.Pos(), false))
		}
	}
	startsLine := func(c *ast.Comment) bool {
		before := data[:fset.PositionFor(c.Pos(), false).Offset]
		return len(bytes.TrimSpace(before[bytes.LastIndexByte(before, '\n')+1:])) == 0
	}
	f.setConstraint(syntax, startsLine)
	return f
}

// setConstraint reads the lines that say when the file is built, as
// go/build.Context.shouldBuild does: one //go:build line or, without it, the
// // +build lines that a blank line divides from the package clause.
func (f *File) setConstraint(syntax *ast.File, startsLine func(*ast.Comment) bool) {
	var goBuild, plusBuild []string
	for _, group := range syntax.Comments {
		if group.Pos() > syntax.Package {
			break
		}
		for _, c := range group.List {
			switch {
			case !startsLine(c):
			case constraint.IsGoBuild(c.Text):
				goBuild = append(goBuild, c.Text)
			case constraint.IsPlusBuild(c.Text) && group != syntax.Doc:
				plusBuild = append(plusBuild, c.Text)
			}
		}
	}
	lines := goBuild
	if len(lines) == 0 {
		lines = plusBuild
	}
	for _, line := range lines {
		x, err := constraint.Parse(line)
		switch {
		case len(goBuild) > 1 || len(goBuild) == 1 && err != nil:
			x = &constraint.TagExpr{Tag: "ignore"}
		case err != nil:
			continue
		case f.expr != nil:
			x = &constraint.AndExpr{X: f.expr, Y: x}
		}
		f.expr = x
	}
	if f.expr != nil {
		f.head = "//go:build " + f.expr.String() + "\n"
	}
}
