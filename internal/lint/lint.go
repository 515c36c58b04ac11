// Package lint finds settings of a policy file that are legal and most
// probably not what their author wants. Its findings are warnings, or errors where
// two settings contradict each other: `goshim check` prints them, and no go
// command stops for them.
//
// A file is linted by itself, without the user's policy and environment: it is
// written for everyone who clones the repository.
package lint

import (
	"cmp"
	"slices"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/policy"
)

// A Finding is one warning.
type Finding struct {
	ID    string // of the lint: "proxy-end"
	Error bool   // two settings contradict each other
	Pos   diag.Pos
	Msg   string // as in a [diag.Error]
	Hint  string
	Envs  []string // the environments in which it holds, nil if in all
}

// An environment is what a lint looks at: the settings of one environment,
// with those that it inherits.
type environment struct {
	policy.Env
	name    string
	modules []Module
	public  []string // URLs of the go command's default proxies
}

// perEnv are the lints of an environment. Each reports a fault at the line
// that has it, so that one which is inherited is found in several and
// reported once.
var perEnv = []func(*environment) []Finding{
	proxyEnd,
	privateHosts,
	privateTold,
	sumdbOff,
	noSumdb,
	strayQuotes,
	contradictingFlags,
	vendorSums,
}

// Run returns the findings about the file, sorted by position. The modules
// are those that it governs, as [Modules] returns them; without any, what
// compares the file to them is left out. The URLs are those of the go command's
// default proxies, which a policy may name.
func Run(f *policy.File, modules []Module, public ...string) []Finding {
	var all []Finding
	names := envNames(f)
	for _, name := range names {
		env := &environment{f.Resolve(name), name, modules, public}
		for _, lint := range perEnv {
			for _, finding := range lint(env) {
				all = merge(all, finding, name)
			}
		}
	}
	for i := range all {
		if len(all[i].Envs) == len(names) {
			all[i].Envs = nil
		}
	}
	all = append(all, deadSelects(f)...)
	all = append(all, deadRoutes(f)...)
	all = append(all, unusedPatterns(f, modules)...)
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	return all
}

// envNames returns the names of the file's environments. A file that defines
// none has [common].
func envNames(f *policy.File) []string {
	if len(f.Envs) == 0 {
		return []string{"common"}
	}
	var names []string
	for _, e := range f.Envs {
		names = append(names, e.Name.Value)
	}
	return names
}

// merge adds a finding about the named environment to all.
func merge(all []Finding, f Finding, env string) []Finding {
	i := slices.IndexFunc(all, func(g Finding) bool { return g.ID == f.ID && g.Pos == f.Pos && g.Msg == f.Msg })
	if i < 0 {
		f.Envs = []string{env}
		return append(all, f)
	}
	if !slices.Contains(all[i].Envs, env) {
		all[i].Envs = append(all[i].Envs, env)
	}
	return all
}

// variable returns the line of vars that gives the variable a value, or nil.
func (e *environment) variable(name string) *policy.Var {
	i := slices.IndexFunc(e.Vars, func(v policy.Var) bool { return v.Name == name && v.Op != policy.Unset })
	if i < 0 {
		return nil
	}
	return &e.Vars[i]
}
