// Package modgraph selects the modules that go commands build from, by the
// go.mod files that are there. It asks nobody for those that are not.
//
// The rules are those of cmd/go/internal/modload: readModGraph in buildlist.go,
// resolveReplacement in modfile.go.
package modgraph

import (
	"go/version"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modpair"
)

// Roots are what builds start from: a main module or, in a workspace, several.
type Roots struct {
	Mains   []Main
	Work    *modfile.WorkFile // nil outside of workspaces
	WorkDir string
}

// A Main is a main module.
type Main struct {
	Dir  string
	File *modfile.File
}

// InWorkspace reports whether the go.work file with the given content has the
// module whose directory is root, without symbolic links. One that cannot be
// parsed has none: the go command says so.
func InWorkspace(file string, data []byte, root string) bool {
	work, err := modfile.ParseWork(file, data, nil)
	return err == nil && slices.ContainsFunc(work.Use, func(use *modfile.Use) bool {
		return modpair.Real(Abs(filepath.Dir(file), use.Path)) == root
	})
}

// Replaced returns what stands in the place of a version: itself, another
// module, or, if dir is not "", a directory. A replacement in go.work hides
// those of its modules, one of a version hides one of all versions.
func (r *Roots) Replaced(m module.Version) (to module.Version, dir string) {
	try := func(base string, all []*modfile.Replace) bool {
		best := -1
		for i, r := range all {
			if r.Old.Path == m.Path && (r.Old.Version == m.Version || r.Old.Version == "" && best < 0) {
				best = i
			}
		}
		if best < 0 {
			return false
		}
		if to = all[best].New; to.Version == "" {
			dir = Abs(base, to.Path)
		}
		return true
	}
	if r.Work != nil && try(r.WorkDir, r.Work.Replace) {
		return to, dir
	}
	for _, main := range r.Mains {
		if try(main.Dir, main.File.Replace) {
			return to, dir
		}
	}
	return m, ""
}

// Built returns what stands in the place of the versions, without directories.
func (r *Roots) Built(selected []module.Version) []module.Version {
	var all []module.Version
	for _, m := range selected {
		if to, dir := r.Replaced(m); dir == "" {
			all = append(all, to)
		}
	}
	module.Sort(all)
	return slices.Compact(all)
}

// ListsAll reports whether the main module's go.mod lists every module that its
// builds need.
func (r *Roots) ListsAll() bool { return r.Work == nil && isPruned(r.Mains[0].File) }

func (r *Roots) isExcluded(m module.Version) bool {
	return slices.ContainsFunc(r.Mains, func(main Main) bool {
		return slices.ContainsFunc(main.File.Exclude, func(e *modfile.Exclude) bool { return e.Mod == m })
	})
}

// Requires reports whether one of the go.mod files requires the module version.
func (r *Roots) Requires(m module.Version) bool {
	return slices.ContainsFunc(r.Mains, func(main Main) bool {
		return slices.ContainsFunc(main.File.Require, func(r *modfile.Require) bool { return r.Mod == m })
	})
}

// GoVersion returns the go version that decides what is vendored: that of go.work
// or of go.mod (cmd/go/internal/modload.MainModuleSet.GoVersion).
func (r *Roots) GoVersion() string {
	switch {
	case r.Work != nil && r.Work.Go != nil:
		return r.Work.Go.Version
	case r.Work != nil:
		return "1.18"
	case r.Mains[0].File.Go != nil:
		return r.Mains[0].File.Go.Version
	}
	return "1.16"
}

// IsMain reports whether one of the main modules has the path.
func (r *Roots) IsMain(path string) bool {
	return slices.ContainsFunc(r.Mains, func(main Main) bool {
		return main.File.Module != nil && main.File.Module.Mod.Path == path
	})
}

// isPruned reports whether the go.mod lists all that its packages need, as it
// does from Go 1.17 on.
func isPruned(f *modfile.File) bool {
	return f.Go != nil && version.Compare("go"+f.Go.Version, "go1.17") >= 0
}

// Abs returns the path of a replace or use line in a file that lies in base.
func Abs(base, path string) string {
	if path = filepath.FromSlash(path); filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}
