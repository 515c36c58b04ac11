// Package vendorcover compares what go.mod requires with what vendor/ has, and says
// how much of it the builds for some platforms use.
package vendorcover

import (
	"cmp"
	"go/version"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/pkgscan"
	"github.com/goshim/goshim/internal/vendorgraph"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendortree"
)

// A Coverage is the result of [Of].
type Coverage struct {
	Platforms  []string  `json:"platforms"`
	Modules    []Module  `json:"modules"`    // that have packages in vendor/, or are required directly, by path
	Unused     []Module  `json:"unused"`     // required directly, and nothing is vendored of it or imported
	Unrequired []Module  `json:"unrequired"` // vendored, and no go.mod requires it
	Missing    []Missing `json:"missing"`    // imported, and not vendored
}

// IsWhole reports whether vendor/ has what it should, and nothing that no go.mod
// requires.
func (c *Coverage) IsWhole() bool { return len(c.Unrequired) == 0 && len(c.Missing) == 0 }

// A Module is one of modules.txt or go.mod.
type Module struct {
	Path     string          `json:"path"`
	Version  string          `json:"version"`
	Replaced string          `json:"replaced,omitempty"`
	Required string          `json:"required,omitempty"` // direct, indirect or, if no go.mod does, ""
	File     string          `json:"file,omitempty"`     // the go.mod that requires it
	Line     int             `json:"line,omitempty"`
	Packages int             `json:"packages"`       // in vendor/
	Used     map[string]*Use `json:"used,omitempty"` // by platform
}

// A Use is how many packages of a module a platform uses.
type Use struct {
	Build int `json:"build"` // in builds of the main modules' packages
	Test  int `json:"test"`  // only in their tests
}

// A Missing is a package that is imported and not in vendor/.
type Missing struct {
	Package string `json:"package"`
	By      string `json:"by"`   // the package that imports it
	File    string `json:"file"` // of that package
}

// Of returns the coverage of a vendor directory. A module that is required by
// more than one go.mod of a workspace is direct if one of them says so.
func Of(place *vendortree.Place, list *vendorlist.List, graph *vendorgraph.Graph, platforms []*pkgscan.Platform, goroot string) *Coverage {
	c := &Coverage{Modules: []Module{}, Unused: []Module{}, Unrequired: []Module{}, Missing: missing(place, graph, goroot)}
	used := make(map[string]map[string]*Use) // by platform and module
	for _, p := range platforms {
		c.Platforms = append(c.Platforms, p.String())
		used[p.String()] = uses(graph, p)
	}
	required := requirements(place)
	listsAll := listsAll(place)
	for _, b := range list.Blocks {
		m := Module{Path: b.Path, Version: b.Version.Version, Packages: len(b.Packages)}
		if b.Replace.Path != "" {
			m.Replaced = strings.TrimSuffix(b.Replace.Path+" "+b.Replace.Version, " ")
		}
		if r, ok := required[b.Path]; ok {
			m.Required, m.File, m.Line = r.Required, r.File, r.Line
		}
		delete(required, b.Path)
		if m.Packages > 0 {
			m.Used = make(map[string]*Use)
			for _, p := range c.Platforms {
				if m.Used[p] = used[p][b.Path]; m.Used[p] == nil {
					m.Used[p] = &Use{}
				}
			}
		}
		c.add(m, listsAll)
	}
	for _, m := range required { // that modules.txt does not have at all
		c.add(m, listsAll)
	}
	for _, all := range [][]Module{c.Modules, c.Unused, c.Unrequired} {
		slices.SortFunc(all, func(a, b Module) int {
			return cmp.Or(cmp.Compare(a.Path, b.Path), semver.Compare(a.Version, b.Version))
		})
	}
	return c
}

// add puts a module into its lists.
func (c *Coverage) add(m Module, listsAll bool) {
	switch {
	case m.Packages > 0:
		c.Modules = append(c.Modules, m)
		if m.Required == "" && listsAll {
			c.Unrequired = append(c.Unrequired, m)
		}
	case m.Required == "direct":
		c.Modules = append(c.Modules, m)
		if !c.isMissing(m.Path) {
			c.Unused = append(c.Unused, m)
		}
	}
}

// isMissing reports whether a package that is imported and not vendored could be one
// of the module.
func (c *Coverage) isMissing(path string) bool {
	return slices.ContainsFunc(c.Missing, func(m Missing) bool { return m.Package == path || strings.HasPrefix(m.Package, path+"/") })
}

// requirements returns the modules that go.mod files require, by path.
func requirements(place *vendortree.Place) map[string]Module {
	all := make(map[string]Module)
	for _, main := range place.Mains {
		for _, r := range main.File.Require {
			m := Module{Path: r.Mod.Path, Version: r.Mod.Version, Required: "direct", File: main.File.Syntax.Name, Line: r.Syntax.Start.Line}
			if r.Indirect {
				m.Required = "indirect"
			}
			if old, ok := all[m.Path]; !ok || old.Required == "indirect" && m.Required == "direct" {
				all[m.Path] = m
			}
		}
	}
	return all
}

// listsAll reports whether the go.mod files list every module that has a package
// in vendor/, as they do from Go 1.17 on.
func listsAll(place *vendortree.Place) bool {
	for _, main := range place.Mains {
		if !isPruned(main.File) {
			return false
		}
	}
	return true
}

func isPruned(f *modfile.File) bool {
	return f.Go != nil && version.Compare("go"+f.Go.Version, "go1.17") >= 0
}

// uses returns how many packages of each module a platform's builds and tests use.
func uses(graph *vendorgraph.Graph, p *pkgscan.Platform) map[string]*Use {
	all := make(map[string]*Use)
	build := graph.Reach(vendorgraph.View{Platform: p})
	for path := range graph.Reach(vendorgraph.View{Platform: p, Tests: true}) {
		pkg := graph.Packages[path]
		if pkg.Main {
			continue
		}
		u := all[pkg.Module.Path]
		if u == nil {
			u = &Use{}
			all[pkg.Module.Path] = u
		}
		if _, ok := build[path]; ok {
			u.Build++
		} else {
			u.Test++
		}
	}
	return all
}

// missing returns the packages of other modules that are imported and not there,
// whatever the platform, by path. Of the standard library, and of names that only
// it could have, some are for old toolchains.
func missing(place *vendortree.Place, graph *vendorgraph.Graph, goroot string) []Missing {
	found := []Missing{}
	seen := make(map[string]bool)
	view := vendorgraph.View{Tests: true, Tools: true}
	reached := graph.Reach(view)
	for path := range reached {
		p := graph.Packages[path]
		for _, f := range p.Files {
			if !view.Has(p, f) {
				continue
			}
			for _, imported := range f.Imports {
				if _, ok := reached[imported]; ok || seen[imported] || isOwn(place, imported) || module.CheckPath(imported) != nil {
					continue
				}
				if !vendorgraph.IsStandard(goroot, imported) {
					seen[imported] = true
					found = append(found, Missing{imported, path, f.Name})
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b Missing) int { return cmp.Compare(a.Package, b.Package) })
	return found
}

// isOwn reports whether a package would be one of the main modules.
func isOwn(place *vendortree.Place, path string) bool {
	return slices.ContainsFunc(place.Mains, func(main modgraph.Main) bool {
		return main.File.Module != nil && (path == main.File.Module.Mod.Path || strings.HasPrefix(path, main.File.Module.Mod.Path+"/"))
	})
}
