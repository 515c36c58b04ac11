package lint

import (
	"slices"
	"strings"

	"github.com/goshim/goshim/policy"
)

// privateTold reports a pattern of private modules of which another setting tells
// the public proxy or checksum database the names: an empty no_proxy, a route.
func privateTold(e *environment) []Finding {
	if e.DeniesNetwork() {
		return nil
	}
	items := e.Private.Items
	if v := e.variable("GOPRIVATE"); v != nil {
		for pattern := range strings.SplitSeq(v.Value, ",") {
			items = append(slices.Clip(items), policy.String{Value: pattern, Pos: v.Pos})
		}
	}
	var found []Finding
	for _, item := range items {
		var told []string
		if e.publicGets(item.Value) {
			told = append(told, "proxy")
		}
		if e.usesPublicSumdb() && !covers(e.patterns("GONOSUMDB", e.NoSumdb), item.Value) {
			told = append(told, "checksum database")
		}
		if item.Value == "" || told == nil {
			continue
		}
		found = append(found, Finding{
			ID:    "private-told",
			Error: true,
			Pos:   item.Pos,
			Msg:   "modules that match " + quote(item.Value) + " are private, and the public " + strings.Join(told, " and ") + " would be told their names",
			Hint:  "let no_proxy and no_sumdb have the pattern, as they do if they are not set, or name a proxy of your own for it",
		})
	}
	return found
}

// publicGets reports whether the go command's default proxy is asked for modules
// that match a pattern, as far as can be told by comparing it with others.
func (e *environment) publicGets(pattern string) bool {
	for _, r := range e.Routes {
		if covers(r.Pattern, pattern) {
			return slices.ContainsFunc(r.Proxies.Strings(), e.isDefault)
		}
	}
	if covers(e.patterns("GONOPROXY", e.NoProxy), pattern) {
		return false
	}
	list, pos := e.proxies()
	return !pos.IsValid() || slices.ContainsFunc(list, e.isDefault)
}

// isDefault reports whether a proxy is one of the go command's default.
func (e *environment) isDefault(proxy string) bool {
	proxy = strings.TrimSuffix(proxy, "/")
	if !strings.Contains(proxy, "://") {
		proxy = "https://" + proxy
	}
	return slices.Contains(e.public, proxy)
}
