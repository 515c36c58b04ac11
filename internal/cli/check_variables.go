package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/internal/lint"
	"github.com/goshim/goshim/policy"
)

// A variableFault is a variable of the user's own, exported or set by go env -w, that
// the policy leaves as it is and that is most probably not meant so.
type variableFault struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Found  string `json:"found"` // "" if it is not set
	From   origin `json:"source"`
	Wanted string `json:"wanted"`
	Why    string `json:"why"`
}

// checkVariables returns the faults of the variables that hold for go commands in the
// chosen environment, but for those that a policy file sets, which are the files'.
// Whether that tells the names of private modules is a question of all of them: it is
// left out if the files were found to do that.
func (a *App) checkVariables(isToldByFiles bool) []variableFault {
	s, err := a.supplyOf("")
	if err != nil || s.policy == nil {
		return nil // the go command says what is wrong with GOPROXY
	}
	all := slices.Concat(s.ownProxy(), s.ownSumdb(), s.ownPatterns(), a.ownMod(s))
	if !isToldByFiles {
		all = append(all, a.ownPrivate(s)...)
	}
	return all
}

// own returns the value of a variable that the user gave it and the policy left, and
// where.
func (s *moduleSupply) own(name string) (value string, from origin) {
	if slices.ContainsFunc(s.env.Changes(), func(c envset.Change) bool { return c.Name == name }) {
		return "", from
	}
	if value := s.env.Get(name); value != "" {
		return value, origin{From: "environment"}
	}
	value, pos := s.env.UserFileValue(name)
	return value, fromFile(pos)
}

// ownProxy finds a GOPROXY without an end rule.
func (s *moduleSupply) ownProxy() []variableFault {
	value, from := s.own("GOPROXY")
	if value == "" || s.policy.DeniesNetwork() || s.policy.Network.Value == "proxy-only" {
		return nil
	}
	items := strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == '|' })
	if slices.ContainsFunc(items, func(item string) bool { return slices.Contains([]string{"direct", "off"}, strings.TrimSpace(item)) }) {
		return nil
	}
	shown := mask("GOPROXY", value)
	return []variableFault{{
		"own-proxy-end", "GOPROXY", shown, from, shown + ",off",
		"it does not say what happens if no proxy has a module: off, or direct for its origin",
	}}
}

// ownSumdb finds what keeps downloads from being checked when they are seen for the
// first time.
func (s *moduleSupply) ownSumdb() []variableFault {
	const why = "nobody checks a module that go.sum does not have"
	var all []variableFault
	if value, from := s.own("GOSUMDB"); value == "off" {
		wanted := "sum.golang.org"
		if s.policy.Sumdb.IsSet() && s.policy.Sumdb.Value != "off" {
			wanted = s.policy.Sumdb.Value
		}
		all = append(all, variableFault{"own-sumdb-off", "GOSUMDB", value, from, wanted, why})
	}
	for _, name := range []string{"GONOSUMDB", "GOPRIVATE"} {
		if value, from := s.own(name); slices.Contains(strings.Split(value, ","), "*") {
			all = append(all, variableFault{"own-sumdb-off", name, value, from, "patterns of your own modules", why})
		}
	}
	return all
}

// ownPatterns finds patterns that match no module path.
func (s *moduleSupply) ownPatterns() []variableFault {
	var all []variableFault
	for _, name := range []string{"GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE"} {
		value, from := s.own(name)
		for pattern := range strings.SplitSeq(value, ",") {
			if msg, hint := policy.PatternFault(pattern); msg != "" && pattern != "" {
				all = append(all, variableFault{"own-pattern", name, value, from, strings.TrimPrefix(hint, "write "), msg})
			}
		}
	}
	return all
}

// ownPrivate finds required modules whose names strangers would be told, because no
// pattern has them.
func (a *App) ownPrivate(s *moduleSupply) []variableFault {
	root := s.policy.Root
	if root == "" {
		root = gomod.Root(a.Dir)
	}
	if root == "" || s.policy.DeniesNetwork() {
		return nil
	}
	var all []variableFault
	for _, m := range lint.Modules(root, a.Dir) {
		for _, l := range leak.Guard(s.chain, m.Requires) {
			path := strings.Trim(strings.SplitN(l.Fault.Msg, " ", 2)[0], `"`)
			name, value := "GOPRIVATE", s.chain.Private
			if s.chain.Of(path).Private {
				name, value = "GONOPROXY", s.chain.NoProxy
			}
			host, _, _ := strings.Cut(path, "/")
			if slices.ContainsFunc(all, func(f variableFault) bool { return f.Wanted == host }) {
				continue
			}
			all = append(all, variableFault{"own-private", name, value, s.originOf(name), host, l.Fault.Pos.String() + ": " + l.Fault.Msg})
		}
	}
	return all
}

// ownMod finds builds without -mod in a module with vendor/: they use it or not, by the
// go line and by what is there.
func (a *App) ownMod(s *moduleSupply) []variableFault {
	root := gomod.Root(a.Dir)
	if _, err := os.Stat(filepath.Join(root, "vendor", "modules.txt")); root == "" || err != nil || s.policy.Mod.IsSet() {
		return nil
	}
	value, _ := s.env.Effective("GOFLAGS")
	words, _ := gocmd.SplitGOFLAGS(value)
	for _, word := range words {
		if name, _, _ := gocmd.CutFlag(word); name == "mod" {
			return nil
		}
	}
	return []variableFault{{
		"own-mod", "GOFLAGS", value, s.originOf("GOFLAGS"), `mod = "vendor" or "readonly" in goshim.toml`,
		"whether vendor/ is built from depends on whether it is there and on the go line of go.mod",
	}}
}

// printVariables prints what was found of variables, with what is wanted and why.
func (a *App) printVariables(faults []variableFault) {
	if len(faults) == 0 {
		return
	}
	rows := [][]string{{"VARIABLE", "FOUND", "FROM", "WANTED", "WHY"}}
	for _, f := range faults {
		rows = append(rows, []string{f.Name, orDash(f.Found), f.From.String(), f.Wanted, f.Why + " [" + f.ID + "]"})
	}
	a.printf("\nyour own variables\n")
	writeTable(a.Stdout, "  ", rows)
}
