package modroute

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

// OfTarget returns the chain of a target. Its sources have the positions of the
// lines that name them, as far as files do.
func OfTarget(t *shim.Target) (*Chain, error) { return OfPolicy(t.Policy, t.Vars) }

// OfPolicy returns the chain for go commands that run with the variables of
// env, after the policy was applied to them, and the routes of pol, which may be
// nil. It reads the files below env and asks nobody.
//
// A caller's GOPROXY=off means that nothing is to be asked now, so there are no
// routes then. The network setting holds for routes as it does for GOPROXY.
func OfPolicy(pol *policy.Policy, env *envset.Set) (*Chain, error) {
	c, err := FromEnviron(func(name string) string { v, _ := env.Effective(name); return v })
	if err != nil {
		return nil, placed(err, env.Source("GOPROXY"))
	}
	strangers := defaults(env)
	named := placeProxies(c.Proxies, strangers, pol, env)
	if pol != nil {
		c.Internal = pol.InternalHosts.Strings()
	}
	if pol == nil || c.Proxies[0].URL == Off && !named {
		return c, nil
	}
	sep := Separator(pol)
	for _, r := range pol.Routes {
		sources, err := Parse(strings.Join(r.Proxies.Strings(), sep))
		if err != nil {
			return nil, &diag.Error{Pos: r.Proxies.Pos, Msg: "the route of " + strconv.Quote(r.Pattern) + ": " + strings.TrimPrefix(err.Error(), "GOPROXY: ")}
		}
		placeItems(sources, r.Proxies.Items)
		for i := range sources {
			sources[i].Default = slices.Contains(strangers, sources[i].URL)
		}
		c.Routes = append(c.Routes, Route{r.Pattern, narrow(sources, &pol.Env), r.Proxies.Pos})
	}
	return c, nil
}

// placed returns a fault of GOPROXY with the place that it comes from.
func placed(err error, pos diag.Pos) error {
	if e, ok := errors.AsType[*diag.Error](err); ok && e.Pos.File == "" {
		e.Pos = pos
	}
	return err
}

// Separator returns what stands between the items of a list of proxies: a comma
// or, unless only a module that is not found leads to the next, a pipe.
func Separator(pol *policy.Policy) string {
	if pol.AsksAfterAnyError() {
		return "|"
	}
	return ","
}

// placeProxies says where the sources of GOPROXY are named, and which are the go
// command's default. It reports whether the policy names them.
func placeProxies(sources []Source, strangers []string, pol *policy.Policy, env *envset.Set) bool {
	pos := env.Source("GOPROXY")
	named := slices.ContainsFunc(env.Changes(), func(ch envset.Change) bool { return ch.Name == "GOPROXY" })
	var items []Source
	if pol != nil && len(pol.Proxy.Items) > 0 {
		list := strings.Join(pol.Proxy.Strings(), Separator(pol))
		named = named || env.Get("GOPROXY") == list // a go command that a go command started
		items, _ = Parse(list)
		placeItems(items, pol.Proxy.Items)
	}
	inVars := pol != nil && slices.ContainsFunc(pol.Vars, func(v policy.Var) bool { return v.Name == "GOPROXY" && v.Pos == pos })
	for i := range sources {
		s := &sources[i]
		s.Pos = pos
		k := slices.IndexFunc(items, func(item Source) bool { return item.URL == s.URL })
		if named && k >= 0 {
			s.Pos = items[k].Pos
		}
		s.Default = s.IsProxy() && slices.Contains(strangers, s.URL)
		s.Public = s.Default && k < 0 && !inVars
	}
	return named
}

// defaults returns the URLs of the proxies that the toolchain's go.env names.
func defaults(env *envset.Set) []string {
	list, _ := env.ToolchainFileValue("GOPROXY")
	sources, _ := Parse(list)
	var urls []string
	for _, s := range sources {
		urls = append(urls, s.URL)
	}
	return urls
}

// placeItems gives sources the positions of the items that they were made of.
func placeItems(sources []Source, items []policy.String) {
	for i := range min(len(sources), len(items)) {
		sources[i].Pos = items[i].Pos
	}
}

// narrow returns the sources that the network setting leaves, as shim does with
// GOPROXY: with "deny" files, with "proxy-only" no origin.
func narrow(sources []Source, env *policy.Env) []Source {
	isDenied := env.DeniesNetwork()
	if !isDenied && env.Network.Value != "proxy-only" {
		return sources
	}
	var left []Source
	for _, s := range sources {
		if s.IsProxy() && (!isDenied || strings.HasPrefix(s.URL, "file://")) {
			left = append(left, s)
		}
	}
	if left == nil {
		return []Source{{URL: Off, Pos: sources[0].Pos}}
	}
	return left
}
