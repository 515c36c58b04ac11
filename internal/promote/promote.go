// Package promote moves the lines of one environment's layer into the modfile
// of another environment: what was tried in dev goes to staging, and from there
// to go.mod.
//
// It only plans: what is to be written it returns as changes for the module's
// journal, whose lock the caller holds from before [Request.Plan] until they are
// committed.
package promote

import (
	"maps"
	"strings"

	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/journal"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/modrule"
	"github.com/goshim/goshim/shim"
)

// A Request says what is to be moved.
type Request struct {
	From, To *shim.Target
	Modules  []string // only the lines about these; empty: all
	Others   []Other
}

// An Other is an environment that is not to break.
type Other struct {
	Name  string
	Use   *modpair.Use
	Rules modrule.Rules
}

// A Plan is what a promotion changes.
type Plan struct {
	File    string            // the modfile that takes the lines, as shown
	Moves   []Move            // what changes for the environment that takes them
	Nothing string            // why there is nothing to move, or ""
	Changes []journal.Change  // the files
	Names   map[string]string // of the files, as shown, by their paths
	Notes   []string          // what is left to do
}

// A Move is a line of the environment that takes it. Where it had none, Old is
// "none"; a line without a value, such as that of a tool, is "there".
type Move struct {
	What string // "example.com/dep", "replace example.com/dep"
	Old  string
	New  string
}

// names returns the environments' names.
func (r *Request) names() (from, to string) { return r.From.Policy.Choice.Env, r.To.Policy.Choice.Env }

// Plan runs the go commands that tidy and check what the lines make of the
// environment that takes them. It changes no file of the module.
func (r *Request) Plan() (*Plan, error) {
	from, err := modlayer.Read(r.From.Use)
	if err != nil {
		return nil, err
	}
	to, err := modlayer.Read(r.To.Use)
	if err != nil {
		return nil, err
	}
	plan := &Plan{File: to.Top().Name}
	if plan.Nothing, err = r.check(from, to); err != nil || plan.Nothing != "" {
		return plan, err
	}
	part, err := r.part(from.Top(), to)
	if err != nil {
		return nil, err
	}
	before, err := to.Merge()
	if err != nil {
		return nil, err
	}
	taken, err := r.take(to, before, part)
	if err != nil {
		return nil, err
	}
	if taken == nil {
		f, t := r.names()
		plan.Nothing = t + " has what the lines of " + f + " say already"
		return plan, nil
	}
	result, err := r.tidy(before, taken)
	if err != nil {
		return nil, err
	}
	after, err := result.Merge()
	if err != nil {
		return nil, err
	}
	if plan.Moves = moves(before, after); len(plan.Moves) == 0 {
		plan.Nothing = "go mod tidy removes the lines from " + to.Top().Name + " again, as nothing needs them"
		return plan, nil
	}
	if err := r.fill(plan, from, to, result); err != nil {
		return nil, err
	}
	if note := gorun.StaleVendor(r.To); note != "" {
		plan.Notes = []string{note}
	}
	return plan, nil
}

// fill puts the files into the plan: that which takes the lines, that which
// gives them, and the sums of other environments.
func (r *Request) fill(plan *Plan, from, to, result *modlayer.Stack) error {
	rest, err := r.rest(from, result.Top())
	if err != nil {
		return err
	}
	said, err := from.Merge()
	if err != nil {
		return err
	}
	sums, err := r.others(said.Sum, result.Top(), rest.Top())
	if err != nil {
		return err
	}
	plan.Changes = append(gorun.Changes(to, result), topChanges(from, rest)...)
	plan.Names = names(to.Top(), from.Top())
	for _, c := range sums {
		plan.Changes = append(plan.Changes, topChanges(c.before, c.after)...)
		maps.Copy(plan.Names, names(c.before.Top()))
	}
	return nil
}

// topChanges returns the changes of the uppermost file alone: what lies below
// it is in other changes.
func topChanges(from, to *modlayer.Stack) []journal.Change {
	i := len(from.Files) - 1
	return gorun.Changes(only(from, i), only(to, i))
}

func only(s *modlayer.Stack, i int) *modlayer.Stack {
	return &modlayer.Stack{Root: s.Root, Files: s.Files[i : i+1]}
}

func names(files ...*modlayer.File) map[string]string {
	m := make(map[string]string)
	for _, f := range files {
		m[f.Path], m[f.SumPath()] = f.Name, modpair.SumPath(f.Name)
	}
	return m
}

// Paths returns the files that change.
func (p *Plan) Paths() []string {
	var paths []string
	for _, c := range p.Changes {
		paths = append(paths, c.Path)
	}
	return paths
}

// Message returns the message of the commit.
func (r *Request) Message(p *Plan, base string) string {
	from, to := r.names()
	var b strings.Builder
	b.WriteString(base + ": promote " + from + " to " + to + "\n\n")
	for _, m := range p.Moves {
		b.WriteString(m.What + " " + m.Old + " → " + m.New + "\n")
	}
	return b.String()
}
