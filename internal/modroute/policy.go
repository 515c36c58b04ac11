package modroute

import (
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
		return nil, err
	}
	pos := env.Source("GOPROXY")
	for i := range c.Proxies {
		c.Proxies[i].Pos = pos
	}
	if pol == nil {
		return c, nil
	}
	if pos.IsValid() && pos == pol.Proxy.Pos {
		placeItems(c.Proxies, pol.Proxy.Items)
	}
	if c.Proxies[0].URL == Off && !pos.IsValid() {
		return c, nil
	}
	sep := Separator(pol)
	for _, r := range pol.Routes {
		sources, err := Parse(strings.Join(r.Proxies.Strings(), sep))
		if err != nil {
			return nil, &diag.Error{Pos: r.Proxies.Pos, Msg: "the route of " + strconv.Quote(r.Pattern) + ": " + strings.TrimPrefix(err.Error(), "GOPROXY: ")}
		}
		placeItems(sources, r.Proxies.Items)
		c.Routes = append(c.Routes, Route{r.Pattern, narrow(sources, pol.Network.Value), r.Proxies.Pos})
	}
	return c, nil
}

// Separator returns what stands between the items of a list of proxies: a comma
// or, after any error, a pipe.
func Separator(pol *policy.Policy) string {
	if pol.AsksAfterAnyError() {
		return "|"
	}
	return ","
}

// placeItems gives sources the positions of the items that they were made of.
func placeItems(sources []Source, items []policy.String) {
	for i := range min(len(sources), len(items)) {
		sources[i].Pos = items[i].Pos
	}
}

// narrow returns the sources that the network setting leaves, as shim does with
// GOPROXY: with "deny" files, with "proxy-only" no origin.
func narrow(sources []Source, network string) []Source {
	if network != "proxy-only" && !strings.HasPrefix(network, "deny") {
		return sources
	}
	var left []Source
	for _, s := range sources {
		if s.IsProxy() && (network == "proxy-only" || strings.HasPrefix(s.URL, "file://")) {
			left = append(left, s)
		}
	}
	if left == nil {
		return []Source{{URL: Off, Pos: sources[0].Pos}}
	}
	return left
}
