package relay

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/modroute"
)

// Variables returns the GOPROXY and the GONOPROXY of a go command that asks a
// relay at the URL, so that it goes where the chain says. GOPROXY has an entry for
// each stage of the chain, so that the go command asks each its whole question.
//
// The go command alone can ask origins. For modules that come from nowhere else,
// GONOPROXY says so; a pattern that also matches modules of a route is not in it,
// because go would go past the route. GOPROXY ends with direct if the chain's
// proxies do. If they do not, because they are gatekeepers, a direct behind the
// proxies of a route has no effect: go cannot tell one module's list from
// another's, and would ask origins for what a gatekeeper does not have. For
// modules of a route without direct, the relay refuses what go would ask origins
// for instead (Server.endsHere).
func Variables(url string, c *modroute.Chain) (goproxy, gonoproxy string) {
	goproxy = entries(url, c)
	if hasDirect(c) {
		goproxy += "," + modroute.Direct
	}
	var origin []string
	for i, r := range c.Routes {
		isProxied := func(before modroute.Route) bool { return !onlyDirect(before) && overlap(before.Pattern, r.Pattern) }
		if onlyDirect(r) && !slices.ContainsFunc(c.Routes[:i], isProxied) {
			origin = append(origin, r.Pattern)
		}
	}
	for pattern := range strings.SplitSeq(c.NoProxy, ",") {
		isProxied := func(r modroute.Route) bool { return !onlyDirect(r) && overlap(r.Pattern, pattern) }
		if pattern != "" && pattern != "none" && !slices.ContainsFunc(c.Routes, isProxied) && !slices.Contains(origin, pattern) {
			origin = append(origin, pattern)
		}
	}
	if origin == nil {
		return goproxy, "none"
	}
	return goproxy, strings.Join(origin, ",")
}

// entries returns the relay's entries of GOPROXY.
func entries(url string, c *modroute.Chain) string {
	n, separator := c.Stages()
	if n == 1 {
		return url
	}
	var all []string
	for i := range n {
		all = append(all, url+"/"+strconv.Itoa(i))
	}
	return strings.Join(all, separator)
}

// hasDirect reports whether the chain's proxies end with the origin.
func hasDirect(c *modroute.Chain) bool {
	return slices.ContainsFunc(c.Proxies, func(s modroute.Source) bool { return s.URL == modroute.Direct })
}

func onlyDirect(r modroute.Route) bool {
	return len(r.Sources) > 0 && r.Sources[0].URL == modroute.Direct
}

// overlap reports whether a path may match both patterns, which are globs for
// prefixes, element by element. It errs on the side of true.
func overlap(a, b string) bool {
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	for i := range min(len(as), len(bs)) {
		matches := func(pattern, name string) bool { ok, err := path.Match(pattern, name); return ok || err != nil }
		both := strings.ContainsAny(as[i], `*?[\`) && strings.ContainsAny(bs[i], `*?[\`)
		if !both && !matches(as[i], bs[i]) && !matches(bs[i], as[i]) {
			return false
		}
	}
	return true
}
