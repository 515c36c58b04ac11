package vendorwhy

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/pkgscan"
	"github.com/goshim/goshim/internal/vendorgraph"
)

// beyond answers for a package that a listed module could have and nothing that is
// vendored imports, by the modules' whole sources where they are there: vendor/
// has neither tests of other modules nor files that no build has.
func (q *Question) beyond(a *Answer, path string, roots []string, wanted func(string) bool) *Answer {
	own := q.source(path)
	if a.Module != "" && a.Module != path && own == nil && q.root(module.Version{Path: a.Module, Version: a.Version}) != "" {
		a.Reason = NoPackage
		return a
	}
	whole := &vendorgraph.Graph{Packages: make(map[string]*vendorgraph.Package)}
	for _, name := range roots {
		p := q.Graph.Packages[name]
		if !p.Main {
			if s := q.source(name); s != nil {
				p = s
			}
		}
		whole.Packages[name] = p
	}
	isRoot := func(p *vendorgraph.Package) bool { return whole.Packages[p.Path] == p }
	tests := func(p *vendorgraph.Package, f *pkgscan.File) bool {
		return !f.IsIgnored() && (!f.IsTest() || isRoot(p))
	}
	if a.Chain = q.walk(whole, tests, wanted); a.Chain != nil {
		a.Reason = ByDepTest
		return a
	}
	ignored := func(p *vendorgraph.Package, f *pkgscan.File) bool { return isRoot(p) || !f.IsIgnored() && !f.IsTest() }
	if a.Chain = q.walk(whole, ignored, wanted); a.Chain != nil {
		a.Reason = ByIgnored
		return a
	}
	switch {
	case a.Module == "":
		a.Reason = NoModule
	case own != nil && own.Name() == "main":
		a.Reason = Command
	default:
		a.Reason = NotImported
	}
	return a
}

// walk returns the chain from a package of the graph to one that is wanted, or nil.
func (q *Question) walk(g *vendorgraph.Graph, has func(*vendorgraph.Package, *pkgscan.File) bool, wanted func(string) bool) []vendorgraph.Link {
	found := ""
	steps := g.Walk(slices.Sorted(maps.Keys(g.Packages)), has, func(path string) *vendorgraph.Package {
		switch {
		case found != "":
			return nil
		case wanted(path):
			found = path
			return &vendorgraph.Package{Path: path}
		}
		return q.source(path)
	})
	if found == "" {
		return nil
	}
	return vendorgraph.Chain(steps, found)
}

// source returns a package as its module has it: in the module cache or, if it is
// replaced by one, in a directory. It returns nil if that is not there.
func (q *Question) source(path string) *vendorgraph.Package {
	if s, ok := q.sources[path]; ok {
		return s.pkg
	}
	q.sources[path] = source{}
	m := module.Version{Path: q.provider(path)}
	m.Version = q.modules[m.Path]
	root := q.root(m)
	if root == "" {
		return nil
	}
	dir := filepath.Join(root, filepath.FromSlash(strings.TrimPrefix(path[len(m.Path):], "/")))
	files, err := pkgscan.Dir(dir)
	if err != nil || len(files) == 0 {
		return nil
	}
	p := &vendorgraph.Package{Path: path, Module: m, Dir: dir, Files: files}
	q.sources[path] = source{p}
	return p
}

// root returns the directory of a module's source, or "" if it is not there.
func (q *Question) root(m module.Version) string {
	if m.Path == "" {
		return ""
	}
	to, dir := q.Roots.Replaced(m)
	if dir == "" {
		dir = q.cached(to)
	}
	if info, err := os.Stat(dir); dir == "" || err != nil || !info.IsDir() {
		q.unread[m.String()] = struct{}{}
		return ""
	}
	return dir
}

// cached returns the directory that the module cache has a version in.
func (q *Question) cached(m module.Version) string {
	path, err := module.EscapePath(m.Path)
	if err != nil {
		return ""
	}
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		return ""
	}
	return filepath.Join(q.ModCache, filepath.FromSlash(path)+"@"+version)
}
