package promote

import (
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modrule"
	"github.com/goshim/goshim/shim"
)

// check returns why nothing can be moved from one stack to the other, as an
// error where that is a mistake.
func (r *Request) check(from, to *modlayer.Stack) (nothing string, err error) {
	f, t := r.names()
	top := from.Top()
	switch i := to.Index(top.Path); {
	case from.Root != to.Root:
		return "", shim.OtherModule(r.From, r.To)
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
	merged, err := mergeFor(to.Over(part), r.To.Use)
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
