package scaffold

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/textfile"
)

// A Module is a go.mod of the repository.
type Module struct {
	Dir  string
	File *modfile.File
}

// findModules returns the modules in root and below it, as far as they can be
// parsed. It passes over the directories that the go command passes over, and
// those of dependencies.
func findModules(root string) []Module {
	var modules []Module
	filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // what cannot be listed has no modules
		case entry.IsDir() && path != root && passedOver(entry.Name()):
			return fs.SkipDir
		case entry.Name() == "go.mod" && !entry.IsDir():
			if m, ok := readModule(path); ok {
				modules = append(modules, m)
			}
		}
		return nil
	})
	slices.SortStableFunc(modules, func(a, b Module) int { return len(a.Dir) - len(b.Dir) })
	return modules
}

func passedOver(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") ||
		name == "testdata" || name == "vendor" || name == "node_modules"
}

func readModule(path string) (Module, bool) {
	data, err := textfile.Read(path, textfile.Max)
	if err != nil {
		return Module{}, false
	}
	f, err := modfile.Parse(path, data, nil)
	if err != nil || f.Module == nil {
		return Module{}, false
	}
	return Module{filepath.Dir(path), f}, true
}

// vendored finds out what vendor/ holds. A workspace has one vendor/ for all
// its modules; a module that requires nothing needs none.
func (r *Repository) vendored() Vendored {
	if r.Workspace {
		if isVendor(r.Root) {
			return AllVendored
		}
		return NotVendored
	}
	have, need := 0, 0
	for _, m := range r.Modules {
		if len(m.File.Require) > 0 {
			need++
			if isVendor(m.Dir) {
				have++
			}
		}
	}
	switch {
	case have == 0:
		return NotVendored
	case have < need:
		return PartlyVendored
	}
	return AllVendored
}

// isVendor reports whether dir has a vendor/ of the go command's making.
func isVendor(dir string) bool { return isFile(filepath.Join(dir, "vendor", "modules.txt")) }

// Replaced reports whether a replace line is in force, so that the rule
// against them cannot be.
func (r *Repository) Replaced() bool {
	if r.Workspace {
		file := filepath.Join(r.Root, "go.work")
		if data, err := textfile.Read(file, textfile.Max); err == nil {
			if work, err := modfile.ParseWork(file, data, nil); err == nil && len(work.Replace) > 0 {
				return true
			}
		}
	}
	return slices.ContainsFunc(r.Modules, func(m Module) bool { return len(m.File.Replace) > 0 })
}

// Prerelease reports whether a module requires, or is replaced by, a
// prerelease.
func (r *Repository) Prerelease() bool {
	for _, m := range r.Modules {
		for _, req := range m.File.Require {
			if isPrerelease(req.Mod.Version) {
				return true
			}
		}
		for _, rep := range m.File.Replace {
			if isPrerelease(rep.New.Version) {
				return true
			}
		}
	}
	return false
}

func isPrerelease(version string) bool {
	return semver.Prerelease(version) != "" && !module.IsPseudoVersion(version)
}

// Mod returns the -mod value for releases, or "" if no one value fits.
func (r *Repository) Mod() string {
	switch r.Vendored {
	case AllVendored:
		return "vendor"
	case PartlyVendored:
		return ""
	}
	return "readonly"
}

// toolchain returns the toolchain that a go.mod names, or an example.
func (r *Repository) toolchain() string {
	for _, m := range r.Modules {
		if t := m.File.Toolchain; t != nil && t.Name != "default" {
			return t.Name
		}
		if g := m.File.Go; g != nil && strings.Count(g.Version, ".") == 2 {
			return "go" + g.Version
		}
	}
	return "go1.26.0"
}

// GoVersion returns the go line of the first module, or "".
func (r *Repository) GoVersion() string {
	if g := r.Modules[0].File.Go; g != nil {
		return g.Version
	}
	return ""
}
