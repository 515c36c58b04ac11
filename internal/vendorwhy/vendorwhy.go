// Package vendorwhy says why a package is, or is not, in vendor/.
package vendorwhy

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/pkgscan"
	"github.com/goshim/goshim/internal/vendorgraph"
	"github.com/goshim/goshim/internal/vendortree"
)

// Reasons why a package is in vendor/.
const (
	Imported     = "imported"       // by a build for the platform
	ByTest       = "test"           // only by tests of the main modules
	ByTool       = "tool"           // only by a tool, or is one
	ElseWhere    = "other-platform" // only by files that the platform's builds do not have
	NotNeeded    = "not-needed"     // by nothing: vendor/ is out of date
	MainModule   = "main-module"    // not in vendor/, as it need not be
	Standard     = "standard"       // likewise
	Missing      = "missing"        // imported, but not in vendor/, which is out of date
	NoModule     = "no-module"      // no module that go.mod lists could have it
	NoPackage    = "no-package"     // the module that could have it has not
	ByIgnored    = "ignored-file"   // imported only by files that no build has
	ByDepTest    = "dependency-test"
	Command      = "command" // a main package, which nothing can import
	NotImported  = "not-imported"
	NotInModules = "not-listed" // vendor/ has the directory, but modules.txt does not
)

// An Answer says why a package, or the packages of a module, are in vendor/ or not.
type Answer struct {
	Path     string             `json:"path"`              // as asked
	Module   string             `json:"module,omitempty"`  // that has it
	Version  string             `json:"version,omitempty"` // of the module
	Replaced string             `json:"replaced,omitempty"`
	Vendored bool               `json:"vendored"`
	Reason   string             `json:"reason"` // one of the constants
	Chain    []vendorgraph.Link `json:"chain,omitempty"`
	Packages []string           `json:"packages,omitempty"`  // of the module that are vendored, if a module was asked about
	CgoLacks []string           `json:"cgo_lacks,omitempty"` // paths of directories that cgo looks into for it, or is it, and that are not vendored
	Unread   []string           `json:"unread,omitempty"`    // modules whose sources would tell more, but are not in the module cache
}

// IsStale reports whether the answer is that vendor/ is out of date.
func (a *Answer) IsStale() bool {
	return a.Reason == NotNeeded || a.Reason == Missing || a.Reason == NotInModules
}

// A Question is what is asked about.
type Question struct {
	Graph    *vendorgraph.Graph
	Roots    *modgraph.Roots
	Vendor   string           // the directory
	Listed   []module.Version // the modules of modules.txt
	Platform *pkgscan.Platform
	GOROOT   string
	ModCache string // GOMODCACHE

	modules map[string]string   // the modules that go.mod and modules.txt list, with versions
	sources map[string]source   // packages beyond vendor/, by path
	unread  map[string]struct{} // modules whose sources are not there
}

// A source is a package outside of vendor/: nil files if it is not there.
type source struct{ pkg *vendorgraph.Package }

// Why answers for a package or module path.
func (q *Question) Why(path string) *Answer {
	q.modules, q.sources, q.unread = make(map[string]string), make(map[string]source), make(map[string]struct{})
	for _, main := range q.Roots.Mains {
		for _, r := range main.File.Require {
			q.addModule(r.Mod)
		}
	}
	for _, m := range q.Listed {
		q.addModule(m)
	}
	a := q.why(path)
	a.Path = path
	a.Unread = slices.Sorted(maps.Keys(q.unread))
	a.CgoLacks = q.cgoLacks(a)
	return a
}

// cgoLacks returns the directories that cgo looks into, and that are not vendored:
// for what was asked about or, if that is not there, whether it is one.
func (q *Question) cgoLacks(a *Answer) []string {
	var all []string
	for path, p := range q.Graph.Packages {
		isAsked := path == a.Path || slices.Contains(a.Packages, path)
		isBelow := !a.Vendored && strings.HasPrefix(a.Path, p.Module.Path+"/")
		if p.Main || !isAsked && !isBelow || !slices.ContainsFunc(p.Files, func(f *pkgscan.File) bool { return f.Cgo }) {
			continue
		}
		for _, dir := range vendortree.CgoMissing(q.Vendor, path) {
			if isAsked || dir == a.Path {
				all = append(all, dir)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (q *Question) addModule(m module.Version) {
	if m.Version != "" && semver.Compare(m.Version, q.modules[m.Path]) > 0 {
		q.modules[m.Path] = m.Version
	}
}

func (q *Question) why(path string) *Answer {
	if p := q.Graph.Packages[path]; p != nil {
		if p.Main {
			return &Answer{Module: p.Module.Path, Reason: MainModule}
		}
		a := q.about(p.Module)
		a.Vendored = true
		a.Reason, a.Chain = q.reached(path)
		return a
	}
	if version, ok := q.modules[path]; ok {
		if a := q.vendoredModule(module.Version{Path: path, Version: version}); a != nil {
			return a
		}
	}
	if vendorgraph.IsStandard(q.GOROOT, path) {
		return &Answer{Reason: Standard}
	}
	return q.absent(path)
}

// about returns an answer about a module that only lacks the reason.
func (q *Question) about(m module.Version) *Answer {
	a := &Answer{Module: m.Path, Version: m.Version}
	if to, dir := q.Roots.Replaced(m); dir != "" {
		a.Replaced = to.Path
	} else if to != m {
		a.Replaced = to.String()
	}
	return a
}

// views are the ways to reach a package, the strongest first.
func (q *Question) views() []reasonView {
	return []reasonView{
		{Imported, vendorgraph.View{Platform: q.Platform}},
		{ByTest, vendorgraph.View{Platform: q.Platform, Tests: true}},
		{ByTool, vendorgraph.View{Platform: q.Platform, Tests: true, Tools: true}},
		{ElseWhere, vendorgraph.View{Tests: true, Tools: true}},
	}
}

type reasonView struct {
	reason string
	view   vendorgraph.View
}

// reached returns how a package that is in vendor/ is reached.
func (q *Question) reached(path string) (reason string, chain []vendorgraph.Link) {
	for _, v := range q.views() {
		steps := q.Graph.Reach(v.view)
		if _, ok := steps[path]; ok {
			return v.reason, vendorgraph.Chain(steps, path)
		}
	}
	return NotNeeded, nil
}

// vendoredModule answers for a module of which packages are in vendor/. The chain
// is that of the package that is reached best. It returns nil if there is none.
func (q *Question) vendoredModule(m module.Version) *Answer {
	a := q.about(m)
	for _, p := range q.Graph.Packages {
		if p.Module.Path == m.Path && !p.Main {
			a.Packages = append(a.Packages, p.Path)
		}
	}
	if len(a.Packages) == 0 {
		return nil
	}
	slices.Sort(a.Packages)
	a.Vendored, a.Reason = true, NotNeeded
	for _, v := range q.views() {
		steps := q.Graph.Reach(v.view)
		for _, path := range a.Packages {
			if _, ok := steps[path]; ok {
				a.Reason, a.Chain = v.reason, vendorgraph.Chain(steps, path)
				return a
			}
		}
	}
	return a
}

// absent answers for a path that vendor/ does not have.
func (q *Question) absent(path string) *Answer {
	m := module.Version{Path: q.provider(path)}
	m.Version = q.modules[m.Path]
	a := q.about(m)
	wanted := func(p string) bool {
		return p == path || m.Path == path && q.provider(p) == path || m.Path == "" && strings.HasPrefix(p, path+"/") && q.provider(p) == ""
	}
	all := q.Graph.Reach(vendorgraph.View{Tests: true, Tools: true})
	roots := slices.Sorted(maps.Keys(all))
	builds := vendorgraph.View{Tests: true}.Has
	if a.Chain = q.importer(all, roots, builds, wanted); a.Chain != nil || q.isTool(wanted) {
		a.Reason = Missing
		return a
	}
	if files, err := pkgscan.Dir(filepath.Join(q.Vendor, filepath.FromSlash(path))); err == nil && len(files) > 0 {
		a.Reason = NotInModules
		return a
	}
	every := func(*vendorgraph.Package, *pkgscan.File) bool { return true }
	if a.Chain = q.importer(all, roots, every, wanted); a.Chain != nil {
		a.Reason = ByIgnored
		return a
	}
	return q.beyond(a, path, roots, wanted)
}

// importer returns the chain to a package that is wanted, by a file of one that
// is reached, or nil.
func (q *Question) importer(steps map[string]vendorgraph.Step, reached []string, has func(*vendorgraph.Package, *pkgscan.File) bool, wanted func(string) bool) []vendorgraph.Link {
	for _, name := range reached {
		p := q.Graph.Packages[name]
		if p == nil {
			continue
		}
		for _, f := range p.Files {
			if i := slices.IndexFunc(f.Imports, wanted); i >= 0 && has(p, f) {
				chain := vendorgraph.Chain(steps, name)
				chain[len(chain)-1].File, chain[len(chain)-1].Needs = f.Name, f.Needs()
				return append(chain, vendorgraph.Link{Package: f.Imports[i]})
			}
		}
	}
	return nil
}

// isTool reports whether a tool line names a package that is wanted.
func (q *Question) isTool(wanted func(string) bool) bool {
	for _, main := range q.Roots.Mains {
		for _, tool := range main.File.Tool {
			if wanted(tool.Path) {
				return true
			}
		}
	}
	return false
}

// provider returns the path of the module that has a package, if one of those that
// are listed has it: the longest that its path begins with.
func (q *Question) provider(path string) string {
	for p := path; ; {
		if _, ok := q.modules[p]; ok {
			return p
		}
		i := strings.LastIndexByte(p, '/')
		if i < 0 {
			return ""
		}
		p = p[:i]
	}
}
