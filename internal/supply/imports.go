package supply

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/vendorgraph"
)

// unknownImports returns the packages that Go files of the main modules import,
// for any platform and in tests too, and of which neither these modules nor those
// that they require or replace can be. The go command asks for modules with such
// a path, and for each path above it. Files are named from dir.
func unknownImports(mains []modgraph.Main, dir string) ([]leak.Name, error) {
	graph, err := vendorgraph.Load(mains, "", nil)
	if err != nil {
		return nil, err
	}
	known := knownModules(mains)
	var names []leak.Name
	seen := make(map[string]bool)
	view := vendorgraph.View{Tests: true}
	for _, path := range slices.Sorted(maps.Keys(graph.Packages)) {
		p := graph.Packages[path]
		for _, f := range p.Files {
			if !view.Has(p, f) {
				continue
			}
			for _, pkg := range f.Imports {
				host, _, _ := strings.Cut(pkg, "/")
				if seen[pkg] || !strings.Contains(host, ".") || isBelow(pkg, known) {
					continue
				}
				seen[pkg] = true
				file, at := diag.Short(dir, filepath.Join(p.Dir, f.Name)), f.Place(pkg)
				names = append(names, leak.Name{Path: pkg, Pos: diag.Pos{File: file, Line: at.Line, Col: at.Column}})
			}
		}
	}
	return names, nil
}

// knownModules returns the paths of the modules that a package may be in without
// anybody being asked for another one.
func knownModules(mains []modgraph.Main) map[string]bool {
	known := make(map[string]bool)
	for _, main := range mains {
		if main.File.Module != nil {
			known[main.File.Module.Mod.Path] = true
		}
		for _, r := range main.File.Require {
			known[r.Mod.Path] = true
		}
		for _, r := range main.File.Replace {
			known[r.Old.Path] = true
		}
	}
	return known
}

// isBelow reports whether a package has the path of a module or lies below it.
func isBelow(pkg string, modules map[string]bool) bool {
	for path := pkg; ; {
		if modules[path] {
			return true
		}
		i := strings.LastIndexByte(path, '/')
		if i < 0 {
			return false
		}
		path = path[:i]
	}
}
