// Package modroute says where a module comes from: which proxies are asked for
// it, in which order, what leads from one to the next, and who vouches for what
// it contains. It decides and asks nobody.
//
// The rules are those of cmd/go/internal/modfetch: proxyList and TryProxies in
// proxy.go, the patterns in sumdb.go and repo.go. Routes are goshim's own.
package modroute

import (
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
)

// A Chain holds for one environment: GOPROXY and the variables about it, and the
// routes of a policy.
type Chain struct {
	Proxies  []Source // GOPROXY, as far as it is used
	Routes   []Route  // the first that matches counts
	Private  string   // GOPRIVATE: patterns, with commas
	NoProxy  string   // GONOPROXY; its default, GOPRIVATE, is filled in
	NoSumdb  string   // GONOSUMDB; likewise
	Insecure string   // GOINSECURE
	Sumdb    string   // GOSUMDB
	Internal []string // hosts of which no name may be told to strangers, as policy.InternalHost matches
}

// A Source is one place that modules come from.
type Source struct {
	URL      string // https://…, http://… or file://… without a slash at the end, or Direct or Off
	AnyError bool   // the next one is asked after any error, not only if the module is not found
	Default  bool   // the go command's default, whoever names it: its owners are strangers to who keeps modules private
	Public   bool   // that, and no policy names it: they are strangers to everybody
	Pos      diag.Pos
}

// What a Source's URL may be beside a URL.
const (
	Direct = "direct" // the module's origin, by its version control system
	Off    = "off"    // nobody is asked
)

// IsProxy reports whether the source is a proxy.
func (s Source) IsProxy() bool { return s.URL != Direct && s.URL != Off }

// A Route is the sources of the modules whose paths match a pattern.
type Route struct {
	Pattern string // as in GOPRIVATE: a glob for a prefix of paths, element by element
	Sources []Source
	Pos     diag.Pos
}

// A Decision says where one module comes from, and why.
type Decision struct {
	Sources []Source
	Private bool   // its name is told to nobody but these sources
	Sumdb   string // the checksum database that is asked if go.sum lacks it, or ""
	Why     Why
}

// Why says which rule a [Decision] follows.
type Why struct {
	Rule    string // "routes", "GONOPROXY", "GOPROXY"
	Pattern string // of the route or the variable that matched, or ""
	Pos     diag.Pos
}

// Of returns where the module with the given path comes from. A route counts
// first, then GONOPROXY, then GOPROXY.
func (c *Chain) Of(path string) Decision {
	d := Decision{Sources: c.Proxies, Private: match(c.Private, path) != "", Why: Why{Rule: "GOPROXY"}}
	if c.Sumdb != "off" && match(c.NoSumdb, path) == "" {
		d.Sumdb = c.Sumdb
	}
	for _, r := range c.Routes {
		if match(r.Pattern, path) != "" {
			d.Sources, d.Why = r.Sources, Why{"routes", r.Pattern, r.Pos}
			return d
		}
	}
	if pattern := match(c.NoProxy, path); pattern != "" {
		d.Sources, d.Why = []Source{{URL: Direct}}, Why{Rule: "GONOPROXY", Pattern: pattern}
	}
	return d
}

// ParentOfPrivate returns the pattern of private modules that lie right
// below the path: "corp.example.com/*" for corp.example.com. The
// go command asks for such a path, which the pattern does not match, when it looks
// for the module of a package. It returns "" if a route or GONOPROXY says where the
// path itself comes from.
func (c *Chain) ParentOfPrivate(path string) string {
	if d := c.Of(path); d.Private || d.Why.Rule != "GOPROXY" {
		return ""
	}
	for pattern := range strings.SplitSeq(c.Private, ",") {
		parent := pattern
		for strings.HasSuffix(parent, "/*") {
			parent = strings.TrimSuffix(parent, "/*")
			if strings.Count(parent, "/") == strings.Count(path, "/") && module.MatchPrefixPatterns(parent, path) {
				return pattern
			}
		}
	}
	return ""
}

// Only returns the chain with one source alone for the module with the given path,
// to ask it what it has. Who is not told the module's name stays so.
func (c *Chain) Only(path string, s Source) *Chain {
	only := *c
	only.Routes = append([]Route{{Pattern: path, Sources: []Source{s}}}, c.Routes...)
	return &only
}

// Strangers returns the proxies that are not told the module's name: those that
// the chain has for others, if it is private.
func (c *Chain) Strangers(d Decision) []Source {
	if !d.Private {
		return nil
	}
	return slices.DeleteFunc(c.All(), func(s Source) bool {
		return slices.ContainsFunc(d.Sources, func(own Source) bool { return own.URL == s.URL })
	})
}

// match returns the pattern of the list that matches a prefix of path, or "".
func match(patterns, path string) string {
	for pattern := range strings.SplitSeq(patterns, ",") {
		if module.MatchPrefixPatterns(pattern, path) {
			return pattern
		}
	}
	return ""
}

// All returns every proxy of the chain once, those of routes last.
func (c *Chain) All() []Source {
	var all []Source
	add := func(sources []Source) {
		for _, s := range sources {
			if s.IsProxy() && !slices.ContainsFunc(all, func(t Source) bool { return t.URL == s.URL }) {
				all = append(all, s)
			}
		}
	}
	add(c.Proxies)
	for _, r := range c.Routes {
		add(r.Sources)
	}
	return all
}
