// Package offline decides how a go command goes on without a network: where its
// modules come from when no proxy answers, and whether they are all here. It
// reads files and starts no process.
package offline

import (
	"io/fs"
	"os"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modstore"
)

// A Graph is the module graph as far as the go.mod files tell that are here.
type Graph struct {
	*modgraph.Graph

	roots *modgraph.Roots
	dirs  []modstore.Dir
}

// Load reads the module graph of a main module in the directory root, from the
// directories that the go command has its modules from.
func Load(f *modfile.File, root string, dirs []modstore.Dir) *Graph {
	roots := &modgraph.Roots{Mains: []modgraph.Main{{Dir: root, File: f}}}
	return &Graph{roots.Load(func(m module.Version) ([]byte, error) { return readMod(dirs, m) }), roots, dirs}
}

// readMod returns the .mod file of a version from the first directory that has
// it.
func readMod(dirs []modstore.Dir, m module.Version) (data []byte, err error) {
	err = fs.ErrNotExist
	for _, d := range dirs {
		if data, err = os.ReadFile(d.File(m, modstore.Mod)); err == nil {
			return data, nil
		}
	}
	return nil, err
}

// Source returns what a module version is built from: itself, the module version
// that replaces it, or, without a version, a directory.
func (g *Graph) Source(m module.Version) module.Version {
	to, _ := g.roots.Replaced(m)
	return to
}

// Modules returns the module versions that are built from, by path: the selected
// ones and replacements in their place, without directories.
func (g *Graph) Modules() []module.Version { return g.roots.Built(g.Selected) }

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
