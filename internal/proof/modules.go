package proof

import (
	"cmp"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modpair"
)

// vendors reports whether the plan builds from vendor/.
func (p *plan) vendors() bool {
	vendor := filepath.Join(p.root(), "vendor") + string(filepath.Separator)
	return p.flag("mod") == "vendor" || slices.ContainsFunc(p.packages, func(pkg *listed) bool {
		return !pkg.Standard && pkg.Module != nil && !pkg.Module.Main && strings.HasPrefix(pkg.Dir, vendor)
	})
}

// modules returns the modules that packages of the plan are in, by path, without
// the one that the program is in.
func (c *check) modules() map[string]*listedModule {
	all := make(map[string]*listedModule)
	for _, pkg := range c.plan.packages {
		if pkg.Module != nil && pkg.Module.Path != c.info.Main.Path {
			all[pkg.Module.Path] = pkg.Module
		}
	}
	return all
}

// checkModules compares the modules that are recorded in the program with those
// of the plan, and their hashes with go.sum. One that was built from vendor/ has
// none (cmd/go/internal/load.setBuildInfo).
func (c *check) checkModules(sums modinput.Sums) {
	want := c.modules()
	vendors := c.plan.vendors()
	for _, dep := range c.info.Deps {
		m, ok := want[dep.Path]
		if !ok {
			c.addModule("prove-module", dep, "it is in the program, and the environment builds without it")
			continue
		}
		delete(want, dep.Path)
		if got, has := dep.Version, versionOf(m); got != has {
			c.addModule("prove-module", dep, "the environment builds with "+has)
			continue
		}
		if got, has := replacedBy(dep.Replace), replacedByListed(m.Replace); got != has {
			c.addModule("prove-replace", dep, "the program was built with "+got+", and the environment has "+has)
			continue
		}
		c.checkSum(dep, m, vendors, sums)
	}
	for _, m := range want {
		c.addModule("prove-module", &debug.Module{Path: m.Path, Version: versionOf(m)}, "the environment builds with it, and the program is without it")
	}
	c.count(len(c.info.Deps), "module")
}

// checkSum checks the hash that the program records of a module.
func (c *check) checkSum(dep *debug.Module, m *listedModule, vendors bool, sums modinput.Sums) {
	built := dep
	if dep.Replace != nil {
		built = dep.Replace
	}
	have := sums.Zip(module.Version{Path: built.Path, Version: built.Version})
	isDir := m.Main || m.Replace != nil && m.Replace.Version == ""
	switch {
	case vendors && built.Sum != "":
		c.addModule("prove-not-vendored", dep, "the program has a hash of it, so it came from the module cache and not from vendor/")
	case vendors || m.Main:
	case isDir:
		c.report.Add(finding.Finding{
			Rule: "prove-directory", Module: dep.Path + "@" + dep.Version,
			Message: "it came from the directory " + strconv.Quote(built.Path) + ", of which go.sum has no hash",
		})
	case built.Sum == "":
		c.addModule("prove-no-hash", dep, "the program has no hash of it, so it came from a vendor directory, and the environment builds from the module cache")
	case !slices.Contains(have, built.Sum):
		c.addModule("prove-sum", dep, "the program was built from "+built.Sum+", and go.sum has "+cmp.Or(strings.Join(have, ", "), "no hash of it"))
	}
}

func (c *check) addModule(rule string, m *debug.Module, message string) {
	c.report.Add(finding.Finding{Rule: rule, Severity: finding.High, Module: m.Path + "@" + m.Version, Message: message, Hint: rebuild})
}

// versionOf returns the version as a program records it: a module of the
// workspace has none.
func versionOf(m *listedModule) string {
	if m.Version == "" {
		return "(devel)"
	}
	return m.Version
}

func replacedBy(m *debug.Module) string {
	if m == nil {
		return "no replacement"
	}
	return "the replacement " + m.Path + "@" + m.Version
}

func replacedByListed(m *listedModule) string {
	if m == nil {
		return "no replacement"
	}
	return "the replacement " + m.Path + "@" + versionOf(m)
}

// checkDirs checks that no link leads the packages of the plan out of the
// directories that they belong to, and that no overlay has others in their place.
func (c *check) checkDirs() {
	root, goroot := modpair.Real(c.plan.root()), modpair.Real(c.plan.goenv["GOROOT"])
	vendors := c.plan.vendors()
	for _, pkg := range c.plan.packages {
		top := root
		switch {
		case pkg.Dir == "" || pkg.Module == nil && !pkg.Standard:
			continue // unsafe
		case pkg.Standard:
			top = goroot
		case pkg.Module.Main || !vendors:
			top = modpair.Real(pkg.Module.Dir)
		}
		if dir := modpair.Real(pkg.Dir); !gomod.Within(top, dir) {
			c.report.Add(finding.Finding{
				Rule: "prove-dir", Severity: finding.High, File: c.shortPath(pkg.Dir),
				Message: "a link leads the package " + pkg.ImportPath + " to " + dir + ", outside of " + top,
			})
		}
	}
	overlay := c.plan.flag("overlay")
	if overlay == "" {
		return
	}
	replace, err := gorun.Companion{}.ReadOverlay(overlay)
	if err != nil {
		return // the go command has read it
	}
	for file := range replace {
		if base := filepath.Base(file); !strings.HasSuffix(base, ".mod") && !strings.HasSuffix(base, ".sum") {
			c.report.Add(finding.Finding{
				Rule: "prove-overlay", Severity: finding.High, File: c.shortPath(file),
				Message: "the overlay " + overlay + " has another file in its place",
				Hint:    "leave -overlay out of GOFLAGS",
			})
		}
	}
}

// shortPath returns a path as the report names files.
func (c *check) shortPath(path string) string {
	if rel, err := filepath.Rel(c.report.Root, path); err == nil && filepath.IsLocal(rel) {
		path = rel
	}
	return filepath.ToSlash(path)
}
