// Package offline decides how a go command goes on without a network: where its
// modules come from when no proxy answers, and whether they are all here. It
// reads files and starts no process.
package offline

import (
	"go/version"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/modstore"
)

// A Graph is the module graph as far as the go.mod files tell that are here.
type Graph struct {
	Selected []module.Version // the build list without the main module, by path
	Lacking  []module.Version // whose go.mod is needed and is not here; what lies behind them is not known

	file *modfile.File
	root string
	dirs []modstore.Dir
}

// Load reads the module graph of a main module in the directory root, from the
// directories that the go command has its modules from. It follows
// cmd/go/internal/modload.readModGraph: of a module that needs go 1.17 or later,
// the requirements count, but those that these have in turn do not.
func Load(f *modfile.File, root string, dirs []modstore.Dir) *Graph {
	g := &Graph{file: f, root: root, dirs: dirs}
	versions := make(map[string]string)
	type visit struct {
		module.Version
		unpruned bool
	}
	seen := make(map[visit]bool)
	var queue []visit
	need := func(requires []*modfile.Require, unpruned, expand bool) {
		for _, r := range requires {
			if g.isExcluded(r.Mod) {
				continue
			}
			if semver.Compare(r.Mod.Version, versions[r.Mod.Path]) > 0 {
				versions[r.Mod.Path] = r.Mod.Version
			}
			if v := (visit{r.Mod, unpruned}); expand && !seen[v] {
				seen[v] = true
				queue = append(queue, v)
			}
		}
	}
	need(f.Require, isUnpruned(f), true)
	for ; len(queue) > 0; queue = queue[1:] {
		v := queue[0]
		dep, ok := g.read(v.Version)
		if !ok {
			continue
		}
		unpruned := isUnpruned(dep)
		need(dep.Require, v.unpruned || unpruned, v.unpruned || unpruned)
	}
	for path, v := range versions {
		g.Selected = append(g.Selected, module.Version{Path: path, Version: v})
	}
	byPath := func(a, b module.Version) int { return strings.Compare(a.Path+" "+a.Version, b.Path+" "+b.Version) }
	slices.SortFunc(g.Selected, byPath)
	slices.SortFunc(g.Lacking, byPath)
	g.Lacking = slices.Compact(g.Lacking)
	return g
}

// isUnpruned reports whether the module needs a go before 1.17.
func isUnpruned(f *modfile.File) bool {
	return f.Go == nil || version.Compare("go"+f.Go.Version, "go1.17") < 0
}

func (g *Graph) isExcluded(m module.Version) bool {
	return slices.ContainsFunc(g.file.Exclude, func(e *modfile.Exclude) bool { return e.Mod == m })
}

// Source returns what a module version is built from: itself, the module version
// that replaces it, or, without a version, a directory.
func (g *Graph) Source(m module.Version) module.Version { return Replacement(g.file, m) }

// Replacement returns what a module version is built from in the main module
// with the go.mod f: itself, or what replaces it. A directory has no version.
func Replacement(f *modfile.File, m module.Version) module.Version {
	result := m
	for _, r := range f.Replace {
		switch {
		case r.Old == m:
			return r.New
		case r.Old.Path == m.Path && r.Old.Version == "":
			result = r.New
		}
	}
	return result
}

// read returns the go.mod of a module version, or notes that it lacks.
func (g *Graph) read(m module.Version) (*modfile.File, bool) {
	source := g.Source(m)
	var paths []string
	if source.Version == "" {
		dir := filepath.FromSlash(source.Path)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(g.root, dir)
		}
		paths = []string{filepath.Join(dir, "go.mod")}
	}
	for _, d := range g.dirs {
		if source.Version != "" {
			paths = append(paths, d.File(source, modstore.Mod))
		}
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if f, err := modfile.ParseLax(path, data, nil); err == nil {
			return f, true
		}
	}
	g.Lacking = append(g.Lacking, source)
	return nil, false
}

// Modules returns the module versions that are built from, by path: the selected
// ones and replacements in their place, without directories.
func (g *Graph) Modules() []module.Version {
	var all []module.Version
	for _, m := range g.Selected {
		if source := g.Source(m); source.Version != "" {
			all = append(all, source)
		}
	}
	return all
}

// Without returns the modules of which a file of the kind is in none of the
// directories.
func (g *Graph) Without(modules []module.Version, kind string) []module.Version {
	var lacking []module.Version
	for _, m := range modules {
		if !slices.ContainsFunc(g.dirs, func(d modstore.Dir) bool { return d.Has(m, kind) }) {
			lacking = append(lacking, m)
		}
	}
	return lacking
}

// Needed returns those of the modules that packages are needed from. A module that
// go.sum has no hash of has none: go mod tidy sees to that.
func (g *Graph) Needed(sums modstore.Sums) []module.Version {
	return slices.DeleteFunc(g.Modules(), func(m module.Version) bool { return sums[m] == "" })
}
