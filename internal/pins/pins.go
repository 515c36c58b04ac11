// Package pins compares the versions that minimal version selection takes with
// those that the modfiles require: a module that is pinned is required at
// exactly the version that is selected, so that no other module raises it.
package pins

import (
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/constraint"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
)

// A Module is one of the build list.
type Module struct {
	Path     string
	Version  string
	Replaced string // what stands in its place, as "../dep" or "example.com/fork v1.0.0"; or ""
}

// A Pin is a module of the build list, and what is said of it.
type Pin struct {
	Module
	Required   string   // the version that the modfiles require, or ""
	At         diag.Pos // where they do
	Constraint *Constraint
	By         []string // module@version that require the selected version, if it is not the required one or not allowed
}

// IsPinned reports whether the module is required at the selected version.
func (p *Pin) IsPinned() bool { return p.Required == p.Version }

// IsAllowed reports whether the selected version satisfies the constraint.
func (p *Pin) IsAllowed() bool { return p.Constraint == nil || p.Constraint.Allows(p.Version) }

// A Constraint is one of the environment's, on a module.
type Constraint struct {
	*constraint.Constraint
	Module string
	Pos    diag.Pos
}

// A Report is what is known of the pins of a session's modfile.
type Report struct {
	Pins   []Pin         // in the order of the build list, without the main module
	Unused []*Constraint // on modules that are not in the build list
}

// Of reports on the build list of a session.
func Of(s *gorun.Session) (*Report, error) {
	list, err := BuildList(s)
	if err != nil {
		return nil, err
	}
	graph, err := readGraph(s)
	if err != nil {
		return nil, err
	}
	merged, err := s.Stack.Merge()
	if err != nil {
		return nil, err
	}
	required := make(map[string]string)
	for _, r := range merged.File().Require {
		required[r.Mod.Path] = r.Mod.Version
	}
	constraints, err := Constraints(s)
	if err != nil {
		return nil, err
	}
	report := &Report{}
	for _, m := range list {
		p := Pin{Module: m, Required: required[m.Path], Constraint: constraints[m.Path]}
		if p.Required != "" {
			p.At = merged.RequirePos(m.Path)
		}
		if !p.IsPinned() || !p.IsAllowed() {
			p.By = graph[m.Path+"@"+m.Version]
		}
		report.Pins = append(report.Pins, p)
		delete(constraints, m.Path)
	}
	for _, e := range s.Target.Policy.Constraints {
		if c := constraints[e.Name]; c != nil {
			report.Unused = append(report.Unused, c)
		}
	}
	return report, nil
}

// Find returns the pins of the named modules, or of all if there are no names.
func (r *Report) Find(names []string) ([]Pin, error) {
	if len(names) == 0 {
		return r.Pins, nil
	}
	var found []Pin
	for _, name := range names {
		i := slices.IndexFunc(r.Pins, func(p Pin) bool { return p.Path == name })
		if i < 0 {
			return nil, r.Missing(name)
		}
		found = append(found, r.Pins[i])
	}
	return found, nil
}

// Missing returns the error about a module that is not in the build list.
func (r *Report) Missing(name string) *diag.Error {
	var paths []string
	for _, p := range r.Pins {
		paths = append(paths, p.Path)
	}
	e := &diag.Error{Msg: "module " + name + " is not in the build list", Hint: diag.DidYouMean(name, paths)}
	if e.Hint == "" {
		e.Hint = "go list -m all lists the modules; go get adds one"
	}
	return e
}

// Constraints returns the constraints of the session's environment, by module.
func Constraints(s *gorun.Session) (map[string]*Constraint, error) {
	all := make(map[string]*Constraint)
	for _, e := range s.Target.Policy.Constraints {
		c, err := constraint.Parse(e.Value)
		if err != nil { // the policy has checked it
			return nil, err
		}
		all[e.Name] = &Constraint{c, e.Name, e.Pos}
	}
	return all, nil
}

// BuildList returns the modules that go list -m all selects, without the main
// module. The flags are added to the command.
func BuildList(s *gorun.Session, flags ...string) ([]Module, error) {
	args := append(append([]string{"list"}, flags...), "-m", "-json=Path,Version,Main,Replace", "all")
	out, err := s.Go(args...)
	if err != nil {
		return nil, err
	}
	return decodeList(out)
}

func decodeList(out []byte) ([]Module, error) {
	all, err := gorun.DecodeList[struct {
		Path, Version string
		Main          bool
		Replace       *struct{ Path, Version string }
	}](out)
	if err != nil {
		return nil, err
	}
	var list []Module
	for _, m := range all {
		if m.Main {
			continue
		}
		module := Module{Path: m.Path, Version: m.Version}
		if m.Replace != nil {
			module.Replaced = strings.TrimSpace(m.Replace.Path + " " + m.Replace.Version)
		}
		list = append(list, module)
	}
	return list, nil
}

// readGraph returns who requires a module@version, without the main module.
func readGraph(s *gorun.Session) (map[string][]string, error) {
	out, err := s.Go("mod", "graph")
	if err != nil {
		return nil, err
	}
	return parseGraph(out), nil
}

func parseGraph(out []byte) map[string][]string {
	graph := make(map[string][]string)
	for line := range strings.Lines(string(out)) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), " ")
		if ok && strings.Contains(from, "@") {
			graph[to] = append(graph[to], from)
		}
	}
	for _, from := range graph {
		slices.Sort(from)
	}
	return graph
}
