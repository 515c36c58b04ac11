package lint

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/policy"
)

func quote(s string) string { return strconv.Quote(s) }

// unusedPatterns reports patterns of a repository's file that match none of
// its modules and nothing that they need: a typing error in one makes the
// path of a private module public.
func unusedPatterns(f *policy.File, modules []Module) []Finding {
	if len(modules) == 0 {
		return nil
	}
	var found []Finding
	for _, e := range f.Tables() {
		items := slices.Concat(e.Private.Items, e.NoProxy.Items, e.NoSumdb.Items)
		for _, r := range e.Routes {
			items = append(items, policy.String{Value: r.Pattern, Pos: r.Proxies.Pos})
		}
		for _, item := range items {
			if !matchesAny(item.Value, modules) {
				found = append(found, Finding{
					ID:   "unused-pattern",
					Pos:  item.Pos,
					Msg:  "the pattern " + quote(item.Value) + " matches no module of go.mod or go.sum",
					Hint: "a pattern matches a prefix of module paths, element by element: corp.example.com/*",
				})
			}
		}
	}
	return found
}

func matchesAny(pattern string, modules []Module) bool {
	return slices.ContainsFunc(modules, func(m Module) bool {
		return module.MatchPrefixPatterns(pattern, m.Path) ||
			slices.ContainsFunc(m.Requires, func(r leak.Name) bool { return module.MatchPrefixPatterns(pattern, r.Path) }) ||
			slices.ContainsFunc(m.Sums, func(path string) bool { return module.MatchPrefixPatterns(pattern, path) })
	})
}

// deadRoutes reports a route that never counts, because one before it in its
// table matches whatever it does.
func deadRoutes(f *policy.File) []Finding {
	var found []Finding
	for _, e := range f.Tables() {
		for i, r := range e.Routes {
			k := slices.IndexFunc(e.Routes[:i], func(earlier policy.Route) bool { return covers(earlier.Pattern, r.Pattern) })
			if k < 0 {
				continue
			}
			found = append(found, Finding{
				ID:   "dead-route",
				Pos:  r.Proxies.Pos,
				Msg:  "the route of " + quote(r.Pattern) + " never counts: that of " + quote(e.Routes[k].Pattern) + " comes first, and matches whenever it would",
				Hint: "the first match wins: put the narrower one first",
			})
		}
	}
	return found
}

// deadSelects reports a select that never matches, because an earlier one
// matches whenever it would.
func deadSelects(f *policy.File) []Finding {
	var found []Finding
	for i, s := range f.Select {
		for _, earlier := range f.Select[:i] {
			if implies(s, earlier) {
				found = append(found, Finding{
					ID:   "dead-select",
					Pos:  s.Pos,
					Msg:  "this select never matches: the one in line " + strconv.Itoa(earlier.Pos.Line) + " comes first, and matches whenever it would",
					Hint: "the first match wins: remove one, or put the narrower one first",
				})
				break
			}
		}
	}
	return found
}

// implies reports whether earlier matches whenever s does, as far as can be
// told without comparing patterns with each other.
func implies(s, earlier policy.Select) bool {
	return isSubset(s.Branch, earlier.Branch) && isSubset(s.Tag, earlier.Tag) &&
		!slices.ContainsFunc(earlier.Vars, func(want policy.Var) bool {
			return !slices.ContainsFunc(s.Vars, func(v policy.Var) bool {
				return v.Name == want.Name && (v.Value == want.Value || want.Value == "*")
			})
		})
}

// isSubset reports whether what matches s also matches of. A list that is not
// set matches everything.
func isSubset(s, of policy.List) bool {
	if !of.IsSet() {
		return true
	}
	return s.IsSet() && !slices.ContainsFunc(s.Items, func(item policy.String) bool {
		return !slices.Contains(of.Strings(), item.Value)
	})
}

// quoted are the variables whose value the go command splits into words, with
// quotes around those that hold spaces.
var quoted = []string{"AR", "CC", "CXX", "FC", "GCCGO", "GOAUTH", "GOCACHEPROG", "GOFLAGS", "PKG_CONFIG"}

// strayQuotes reports quotes that are part of a value and were meant for a
// shell: no shell reads the policy.
func strayQuotes(e *environment) []Finding {
	var found []Finding
	note := func(item policy.String, value string, words bool) {
		if isStray(value, words) {
			found = append(found, Finding{
				ID:   "stray-quotes",
				Pos:  item.Pos,
				Msg:  "the quotes in " + quote(item.Value) + " are part of the value",
				Hint: "no shell reads it: leave them out",
			})
		}
	}
	for _, v := range e.Vars {
		split := slices.Contains(quoted, v.Name) || strings.HasSuffix(v.Name, "FLAGS")
		note(policy.String{Value: v.Value, Pos: v.Pos}, v.Value, split)
	}
	for _, c := range e.Flags {
		for _, item := range c.Flags.Items {
			name, value, _ := strings.Cut(item.Value, "=")
			note(item, value, slices.Contains([]string{"-ldflags", "-gcflags", "-asmflags"}, name))
		}
	}
	return found
}

// isStray reports whether the value begins or ends with a quote that does no
// good. Where words says that the value is split into words, a pair around
// one word with spaces does, unless it makes one word of several flags.
func isStray(value string, words bool) bool {
	for _, q := range []string{"'", `"`} {
		begins, ends := strings.HasPrefix(value, q), strings.HasSuffix(value, q)
		switch n := strings.Count(value, q); {
		case n == 1 && (begins || ends):
			return true
		case n != 2 || !begins || !ends:
		case !words || isOneWord(strings.Trim(value, q)):
			return true
		}
	}
	return false
}

// isOneWord reports whether the content of a pair of quotes is a word that
// needs none, or flags of which each should be a word: '-s -w'. A word such
// as '-ldflags=-s -w' is what quotes are for.
func isOneWord(content string) bool {
	first, rest, several := strings.Cut(content, " ")
	return !several || !strings.Contains(first, "=") && strings.HasPrefix(strings.TrimSpace(rest), "-")
}
