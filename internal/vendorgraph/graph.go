// Package vendorgraph says which packages of vendor/ are imported from where,
// for one platform or for any. It reads the heads of the Go files that are there,
// those of the main modules and of vendor/, and needs neither the module cache
// nor the go command.
//
// The rules are those of go mod vendor (cmd/go/internal/modcmd/vendor.go): the
// packages of the main modules, their tests and tools, and what these import, for
// every platform and tag but ignore; not the tests of other modules.
package vendorgraph

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/pkgscan"
)

// A Package is one of a main module or of vendor/.
type Package struct {
	Path   string
	Module module.Version // without a version for a main module
	Main   bool           // of a main module
	Tool   bool           // named by a tool line of a go.mod
	Dir    string
	Files  []*pkgscan.File
}

// Name returns the name in the package clauses, "" if there is none.
func (p *Package) Name() string {
	for _, f := range p.Files {
		if !f.IsTest() && !f.IsIgnored() && f.Package != "" {
			return f.Package
		}
	}
	return ""
}

// A Graph is packages by their paths.
type Graph struct {
	Packages map[string]*Package
	mains    []string // paths of the main modules' packages and of tools, sorted
}

// Load reads the packages of the main modules and those that are vendored, which
// are given with the module that each is of. All cores read.
func Load(mains []modgraph.Main, vendor string, vendored map[string]module.Version) (*Graph, error) {
	g := &Graph{Packages: make(map[string]*Package)}
	for pkg, m := range vendored {
		g.Packages[pkg] = &Package{Path: pkg, Module: m, Dir: filepath.Join(vendor, filepath.FromSlash(pkg))}
	}
	for _, main := range mains {
		if main.File.Module == nil {
			continue
		}
		if err := g.addMain(main); err != nil {
			return nil, err
		}
	}
	for _, main := range mains {
		for _, tool := range main.File.Tool {
			if p := g.Packages[tool.Path]; p != nil {
				p.Tool = true
			}
		}
	}
	if err := g.scan(); err != nil {
		return nil, err
	}
	for path, p := range g.Packages {
		if p.Main || p.Tool {
			g.mains = append(g.mains, path)
		}
	}
	slices.Sort(g.mains)
	return g, nil
}

// addMain adds the packages of a main module: those that ./... matches at its root
// (cmd/go/internal/modload.matchPackages).
func (g *Graph) addMain(main modgraph.Main) error {
	root := main.File.Module.Mod.Path
	return filepath.WalkDir(main.Dir, func(dir string, e fs.DirEntry, err error) error {
		if err != nil {
			return &diag.Error{Msg: err.Error()}
		}
		if !e.IsDir() {
			return nil
		}
		rel, err := filepath.Rel(main.Dir, dir)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if rel != "." && isLeftOut(rel, dir, main.File) {
			return filepath.SkipDir
		}
		g.Packages[path.Join(root, rel)] = &Package{Path: path.Join(root, rel), Module: module.Version{Path: root}, Main: true, Dir: dir}
		return nil
	})
}

// isLeftOut reports whether ./... does not reach into a directory.
func isLeftOut(rel, dir string, file *modfile.File) bool {
	name := path.Base(rel)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "vendor" {
		return true
	}
	for _, ignore := range file.Ignore {
		if pattern, ok := strings.CutPrefix(ignore.Path, "./"); ok {
			if rel == strings.TrimSuffix(pattern, "/") {
				return true
			}
		} else if pattern = strings.Trim(pattern, "/"); rel == pattern || strings.HasSuffix(rel, "/"+pattern) {
			return true
		}
	}
	info, err := os.Lstat(filepath.Join(dir, "go.mod"))
	return err == nil && !info.IsDir()
}

// scan reads the files of all packages. Directories of main modules that have no
// Go files are no packages.
func (g *Graph) scan() error {
	var (
		mu    sync.Mutex
		first error
		wait  sync.WaitGroup
		work  = make(chan *Package)
	)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for p := range work {
				files, err := pkgscan.Dir(p.Dir)
				mu.Lock()
				if p.Files = files; err != nil && first == nil {
					first = &diag.Error{Msg: err.Error()}
				}
				mu.Unlock()
			}
		})
	}
	for _, p := range g.Packages {
		work <- p
	}
	close(work)
	wait.Wait()
	maps.DeleteFunc(g.Packages, func(_ string, p *Package) bool { return p.Main && len(p.Files) == 0 })
	return first
}

// A View says which imports count.
type View struct {
	Platform *pkgscan.Platform // nil: those of every platform and tag
	Tests    bool              // those of the main modules' tests, too
	Tools    bool              // those of tools, too
}

// A Step is how a package is reached: by a file of another one, or from nowhere.
type Step struct {
	From *Package
	File *pkgscan.File
}

// Reach returns all packages that the view's builds have, each with the step of a
// shortest way to it. It says nothing of packages that are not in the graph.
func (g *Graph) Reach(v View) map[string]Step {
	var roots []string
	for _, path := range g.mains {
		if g.Packages[path].Main || v.Tools {
			roots = append(roots, path)
		}
	}
	return g.Walk(roots, v.Has, func(string) *Package { return nil })
}

// Walk returns what the roots import, directly or not, each with the step of a
// shortest way to it. Has says which files' imports count. Find returns packages
// that are not in the graph; where it returns nil, the way ends.
func (g *Graph) Walk(roots []string, has func(*Package, *pkgscan.File) bool, find func(path string) *Package) map[string]Step {
	steps := make(map[string]Step)
	var queue []*Package
	for _, path := range roots {
		steps[path] = Step{}
		queue = append(queue, g.Packages[path])
	}
	for i := 0; i < len(queue); i++ {
		for _, f := range queue[i].Files {
			if !has(queue[i], f) {
				continue
			}
			for _, path := range f.Imports {
				if _, ok := steps[path]; ok {
					continue
				}
				next := g.Packages[path]
				if next == nil {
					next = find(path)
				}
				if next != nil {
					steps[path] = Step{queue[i], f}
					queue = append(queue, next)
				}
			}
		}
	}
	return steps
}

// Has reports whether the imports of a file count.
func (v View) Has(p *Package, f *pkgscan.File) bool {
	if f.IsTest() && !(v.Tests && p.Main) {
		return false
	}
	if v.Platform != nil {
		return f.IsBuilt(v.Platform)
	}
	return !f.IsIgnored()
}

// A Link is one step of a chain of imports.
type Link struct {
	Package string `json:"package"`
	File    string `json:"file,omitempty"`  // of the package, that imports the next one
	Needs   string `json:"needs,omitempty"` // what a build must have for File to be in it
}

// Chain returns the steps to a package, which is the last link.
func Chain(steps map[string]Step, path string) []Link {
	links := []Link{{Package: path}}
	for step := steps[path]; step.From != nil; step = steps[step.From.Path] {
		links = append(links, Link{step.From.Path, step.File.Name, step.File.Needs()})
	}
	slices.Reverse(links)
	return links
}

// IsStandard reports whether a toolchain's standard library has a package.
func IsStandard(goroot, path string) bool {
	first, _, _ := strings.Cut(path, "/")
	if strings.Contains(first, ".") || module.CheckImportPath(path) != nil {
		return false
	}
	info, err := os.Stat(filepath.Join(goroot, "src", filepath.FromSlash(path)))
	return err == nil && info.IsDir()
}
