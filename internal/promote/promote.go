// Package promote moves the lines of one environment's layer into the modfile
// of another environment: what was tried in dev goes to staging, and from there
// to go.mod.
//
// It only plans: what is to be written it returns as changes for the module's
// journal, whose lock the caller holds from before [Request.Plan] until they are
// committed.
package promote

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
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
	rest, err := r.rest(from, result.Top())
	if err != nil {
		return nil, err
	}
	if err := r.checkOthers(result.Top(), rest.Top()); err != nil {
		return nil, err
	}
	plan.Changes = gorun.Changes(to, result)
	top := len(from.Files) - 1
	plan.Changes = append(plan.Changes, gorun.Changes(only(from, top), only(rest, top))...)
	plan.Names = names(to.Top(), from.Top())
	plan.Notes = r.notes()
	return plan, nil
}

// notes says what the promotion leaves to do.
func (r *Request) notes() []string {
	usesVendor := r.To.Policy.Mod.Value == "vendor" || len(r.To.Use.Modfiles) == 0
	if _, err := os.Stat(filepath.Join(r.To.Use.Root, "vendor", "modules.txt")); err != nil || !usesVendor {
		return nil
	}
	return []string{"vendor/ has what was required before: go mod vendor fills it anew"}
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

// check returns why nothing can be moved from one stack to the other, as an
// error where that is a mistake.
func (r *Request) check(from, to *modlayer.Stack) (nothing string, err error) {
	f, t := r.names()
	top := from.Top()
	switch i := to.Index(top.Path); {
	case from.Root != to.Root:
		return "", &diag.Error{Msg: f + " has the module in " + from.Root + ", and " + t + " that in " + to.Root}
	case i == len(to.Files)-1:
		return f + " and " + t + " have the same modfile, " + top.Name, nil
	case i >= 0:
		return "", &diag.Error{
			Msg:  t + " stands on " + top.Name + ", the modfile of " + f + ": it has every line of it",
			Hint: "lines go down: goshim promote " + t + " " + f,
		}
	case top.IsWhole():
		return "", &diag.Error{
			Pos:  diag.Pos{File: top.Name},
			Msg:  "it is a whole modfile, whose lines are no differences that could be moved",
			Hint: "without a module line, and with what differs only, it is a layer",
		}
	}
	return "", nil
}

// part returns the lines that are to be moved. Directives that drop what the
// other environment does not have are not among them.
func (r *Request) part(layer *modlayer.File, to *modlayer.Stack) (*modlayer.File, error) {
	all := layer.Statements()
	for _, module := range r.Modules {
		if !slices.ContainsFunc(all, func(s modlayer.Statement) bool { return isAbout(s, module) }) {
			return nil, &diag.Error{
				Pos:  diag.Pos{File: layer.Name},
				Msg:  "there is no line about " + strconv.Quote(module),
				Hint: diag.DidYouMean(module, paths(all)),
			}
		}
	}
	merged, err := to.Merge()
	if err != nil {
		return nil, err
	}
	has := make(map[string]bool)
	for _, s := range merged.Statements() {
		has[s.Name()] = true
	}
	return layer.Part(func(s modlayer.Statement) bool {
		isNamed := len(r.Modules) == 0 || slices.ContainsFunc(r.Modules, func(m string) bool { return isAbout(s, m) })
		return isNamed && (!s.Dropped || has[s.Name()])
	})
}

// isAbout reports whether a line is about a module: a tool is about that which
// its package lies in.
func isAbout(s modlayer.Statement, module string) bool {
	switch s.Verb {
	case "require", "replace", "exclude":
		return s.Path == module
	case "tool":
		return s.Path == module || strings.HasPrefix(s.Path, module+"/")
	}
	return false
}

func paths(all []modlayer.Statement) []string {
	var paths []string
	for _, s := range all {
		if s.Verb == "require" || s.Verb == "replace" || s.Verb == "exclude" {
			paths = append(paths, s.Path)
		}
	}
	return paths
}

// take returns the stack with the lines in its uppermost file, or nil if they
// change nothing. Lines that break a rule are refused where they stand now.
func (r *Request) take(to *modlayer.Stack, before *modlayer.Merged, part *modlayer.File) (*modlayer.Stack, error) {
	merged, err := to.Over(part).Merge()
	if err != nil {
		return nil, err
	}
	if len(modlayer.Compare(before, merged)) == 0 {
		return nil, nil
	}
	if b := r.rules().Merged(merged); b != nil {
		hint := "nothing is changed"
		if len(r.Modules) == 0 {
			from, to := r.names()
			hint += "; goshim promote " + from + " " + to + " MODULE… moves only the lines about these"
		}
		return nil, b.Refusal(r.To.Policy.Choice, hint)
	}
	return to.Take(part)
}

func (r *Request) rules() modrule.Rules { return modrule.Of(&r.To.Policy.Env) }

// tidy returns the stack as go mod tidy leaves it, once the go command has
// checked the sums of what changed and found every package.
func (r *Request) tidy(before *modlayer.Merged, taken *modlayer.Stack) (*modlayer.Stack, error) {
	s, err := gorun.NewSession(r.To, taken)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if _, err := s.Go("mod", "tidy"); err != nil {
		return nil, err
	}
	result, err := s.Result(modlayer.Loose)
	if err != nil {
		return nil, err
	}
	after, err := result.Merge()
	if err != nil {
		return nil, err
	}
	if b := r.rules().Merged(after); b != nil {
		b.Pos = diag.Pos{File: b.Pos.File} // the line is not written yet
		return nil, b.Refusal(r.To.Policy.Choice, "nothing is changed; it is go mod tidy that asks for it")
	}
	if changed := changedModules(before, after); len(changed) > 0 {
		if _, err := s.Go(append([]string{"mod", "download"}, changed...)...); err != nil {
			return nil, err
		}
	}
	if _, err := s.Go("mod", "verify"); err != nil {
		return nil, err
	}
	_, err = s.Go("list", "-mod=readonly", "-deps", "-test", "./...")
	return result, err
}

// changedModules returns the required modules whose content may be another
// than before, and comes from the module cache.
func changedModules(before, after *modlayer.Merged) []string {
	required, isDir := make(map[string]bool), make(map[string]bool)
	for _, s := range after.Statements() {
		switch {
		case s.Verb == "require":
			required[s.Path] = true
		case s.Verb == "replace" && s.Replaced.Version == "":
			isDir[s.Path] = true
		}
	}
	var changed []string
	for _, d := range modlayer.Compare(before, after) {
		isModule := d.Verb == "require" || d.Verb == "replace"
		if isModule && required[d.Path] && !isDir[d.Path] && !slices.Contains(changed, d.Path) {
			changed = append(changed, d.Path)
		}
	}
	return changed
}

func moves(before, after *modlayer.Merged) []Move {
	var all []Move
	show := func(in bool, text string) string {
		switch {
		case !in:
			return "none"
		case text == "":
			return "there"
		}
		return text
	}
	for _, d := range modlayer.Compare(before, after) {
		all = append(all, Move{strings.TrimPrefix(d.Name(), "require "), show(d.InA, d.A), show(d.InB, d.B)})
	}
	return all
}

// rest returns the stack of the environment that gives the lines, over the
// changed file if it stands on that: its layer keeps what differs still, so
// that the whole says what it did.
func (r *Request) rest(from *modlayer.Stack, changed *modlayer.File) (*modlayer.Stack, error) {
	i := from.Index(changed.Path)
	if i < 0 {
		return from, nil
	}
	over, err := from.With(i, changed.Data, changed.Sum)
	if err != nil {
		return nil, err
	}
	was, err := from.Merge()
	if err != nil {
		return nil, err
	}
	rest, err := rewrite(over, was, modlayer.Loose)
	if err != nil {
		return nil, err
	}
	is, err := rest.Merge()
	if err != nil {
		return nil, err
	}
	if len(modlayer.Compare(was, is)) == 0 {
		return withoutSums(rest, over, is)
	}
	// go mod tidy has added requirements below. They may stay if they select
	// no other version here: a directive that drops them would be in the way.
	stays, err := r.staysSame(from, rest)
	if stays || err != nil {
		return rest, err
	}
	return rewrite(over, was, modlayer.Exact)
}

// withoutSums returns rest without the sums of its layer if the stack below
// needs the same ones, as it says the same: go mod tidy has left out there what
// is not needed any more.
func withoutSums(rest, over *modlayer.Stack, is *modlayer.Merged) (*modlayer.Stack, error) {
	lower, err := over.Lower().Merge()
	if err != nil || len(modlayer.Compare(lower, is)) > 0 {
		return rest, err
	}
	return rest.With(len(rest.Files)-1, rest.Top().Data, nil)
}

// rewrite returns the stack with an uppermost file by which it says want.
func rewrite(s *modlayer.Stack, want *modlayer.Merged, keep modlayer.Keep) (*modlayer.Stack, error) {
	data, sums, err := s.WriteBack(want.Mod, want.Sum, keep)
	if err != nil {
		return nil, err
	}
	return s.With(len(s.Files)-1, data, sums)
}

// staysSame reports whether the modules of one stack have the same versions in
// another, which may have more of them.
func (r *Request) staysSame(was, is *modlayer.Stack) (bool, error) {
	var lists []map[string]string
	for _, stack := range []*modlayer.Stack{was, is} {
		s, err := gorun.NewSession(r.From, stack)
		if err != nil {
			return false, err
		}
		defer s.Close()
		list, err := s.Modules()
		if err != nil {
			return false, err
		}
		lists = append(lists, list)
	}
	for path, version := range lists[0] {
		if lists[1][path] != version {
			return false, nil
		}
	}
	return true, nil
}

// checkOthers refuses a change after which another environment would not merge
// any more, or would break a rule that it keeps today. One that does not merge
// today is passed over.
func (r *Request) checkOthers(changed ...*modlayer.File) error {
	for _, other := range r.Others {
		stack, err := modlayer.Read(other.Use)
		if err != nil {
			continue
		}
		was, err := stack.Merge()
		if err != nil {
			continue
		}
		touched := ""
		for _, f := range changed {
			if i := stack.Index(f.Path); i >= 0 {
				touched = f.Name
				if stack, err = stack.With(i, f.Data, f.Sum); err != nil {
					return err
				}
			}
		}
		if touched == "" {
			continue
		}
		is, err := stack.Merge()
		if err != nil {
			return wouldBreak(other.Name, touched, err)
		}
		if b := other.Rules.Merged(is); b != nil && other.Rules.Merged(was) == nil {
			e := &diag.Error{Pos: diag.Pos{File: b.Pos.File}, Msg: b.What + ", which " + b.Source.String() + " rules out (" + b.Rule + ")"}
			return wouldBreak(other.Name, touched, e)
		}
	}
	return nil
}

func wouldBreak(env, file string, err error) error {
	e := &diag.Error{Msg: err.Error()}
	var inner *diag.Error
	if errors.As(err, &inner) {
		e.Pos, e.Msg = inner.Pos, inner.Msg
	}
	e.Msg = "the change of " + file + " would break environment " + strconv.Quote(env) + ": " + e.Msg
	e.Hint = "nothing is changed; mend that environment first"
	if inner != nil && strings.HasPrefix(inner.Msg, "there is no ") {
		e.Hint = "nothing is changed; remove the directive first"
	}
	return e
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
