package lint

import (
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/policy"
)

// proxies returns the items of GOPROXY as the environment sets it, or none.
// A variable named in vars wins over the key.
func (e *environment) proxies() ([]string, diag.Pos) {
	if v := e.variable("GOPROXY"); v != nil {
		return strings.FieldsFunc(v.Value, func(r rune) bool { return r == ',' || r == '|' }), v.Pos
	}
	return e.Proxy.Strings(), e.Proxy.Pos
}

// proxyEnd reports a list of proxies that leaves open what happens if none of
// them has a module. Under a network setting that forbids the direct way the
// end is clear.
func proxyEnd(e *environment) []Finding {
	list, pos := e.proxies()
	if len(list) == 0 || e.DeniesNetwork() || e.Network.Value == "proxy-only" {
		return nil
	}
	switch list[len(list)-1] {
	case "direct", "off":
		return nil
	}
	return []Finding{{
		ID:   "proxy-end",
		Pos:  pos,
		Msg:  "the list of proxies has no end rule",
		Hint: `end it with "off" (the proxies have every module) or "direct" (the rest comes from its origin)`,
	}}
}

// sumdb returns GOSUMDB as the environment sets it, or "".
func (e *environment) sumdb() (string, diag.Pos) {
	if v := e.variable("GOSUMDB"); v != nil {
		return v.Value, v.Pos
	}
	return e.Sumdb.Value, e.Sumdb.Pos
}

// sumdbOff reports a protected environment that does not check what it
// downloads for the first time.
func sumdbOff(e *environment) []Finding {
	asChosen := policy.Policy{Env: e.Env, Choice: policy.Choice{Env: e.name}}
	value, pos := e.sumdb()
	if value != "off" || !asChosen.IsProtected() {
		return nil
	}
	return []Finding{{
		ID:   "sumdb-off",
		Pos:  pos,
		Msg:  "the checksum database is off in a protected environment",
		Hint: "leave it on, and name the modules that it cannot know in private",
	}}
}

// patterns returns the list that hides modules from the proxies or the
// checksum database: that of the variable or the key, or else of the private
// ones (cmd/go/internal/cfg.GONOPROXY).
func (e *environment) patterns(name string, own policy.List) string {
	if v := e.variable(name); v != nil {
		return v.Value
	}
	if own.IsSet() {
		return strings.Join(own.Strings(), ",") // if empty, nothing is hidden
	}
	return e.private()
}

func (e *environment) private() string {
	list := e.Private.Strings()
	if v := e.variable("GOPRIVATE"); v != nil {
		list = append(list, v.Value)
	}
	return strings.Join(list, ",")
}

// noSumdb reports modules that are fetched from their origin because no proxy
// may know them, and looked up in the checksum database all the same.
func noSumdb(e *environment) []Finding {
	if e.NoSumdb.IsSet() || e.variable("GONOSUMDB") != nil {
		return nil
	}
	if value, _ := e.sumdb(); value == "off" {
		return nil
	}
	items := e.NoProxy.Items
	if v := e.variable("GONOPROXY"); v != nil {
		items = nil
		for pattern := range strings.SplitSeq(v.Value, ",") {
			items = append(items, policy.String{Value: strings.TrimSpace(pattern), Pos: v.Pos})
		}
	}
	private := e.private()
	var found []Finding
	for _, item := range items {
		if item.Value == "" || item.Value == "none" || covers(private, item.Value) {
			continue
		}
		found = append(found, Finding{
			ID:   "no-sumdb",
			Pos:  item.Pos,
			Msg:  "modules that match " + quote(item.Value) + " go past the proxies, but not past the checksum database",
			Hint: "move the pattern to private, or add it to no_sumdb",
		})
	}
	return found
}

// covers reports whether the patterns hide all that the pattern matches, as
// far as can be told by comparing the two.
func covers(patterns, pattern string) bool {
	return slices.Contains(strings.Split(patterns, ","), pattern) || module.MatchPrefixPatterns(patterns, pattern)
}
