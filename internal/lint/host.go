package lint

import (
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/policy"
)

// privateHosts reports required modules whose host looks private and whose
// path the go command tells to a public proxy or checksum database.
func privateHosts(e *environment) []Finding {
	if e.DeniesNetwork() {
		return nil
	}
	var found []Finding
	for _, m := range e.modules {
		for _, r := range m.Requires {
			if e.isPrivate(r.Path) && (e.tellsProxy(r.Path) || e.tellsSumdb(r.Path)) {
				host, _, _ := strings.Cut(r.Path, "/")
				found = append(found, privateHost(host, r))
			}
		}
	}
	return found
}

// isPrivate reports whether a name is that of an internal host or looks private.
func (e *environment) isPrivate(path string) bool {
	_, internal := policy.InternalHost(e.InternalHosts.Strings(), path)
	return internal || leak.LooksPrivate(path)
}

// tellsProxy reports whether the public proxy hears of a module.
func (e *environment) tellsProxy(path string) bool {
	routed := slices.ContainsFunc(e.Routes, func(r policy.Route) bool { return module.MatchPrefixPatterns(r.Pattern, path) })
	return e.usesPublicProxy() && !routed && !module.MatchPrefixPatterns(e.patterns("GONOPROXY", e.NoProxy), path)
}

// tellsSumdb reports whether the public checksum database hears of a module.
func (e *environment) tellsSumdb(path string) bool {
	return e.usesPublicSumdb() && !module.MatchPrefixPatterns(e.patterns("GONOSUMDB", e.NoSumdb), path)
}

func privateHost(host string, r leak.Name) Finding {
	return Finding{
		ID:   "private-host",
		Pos:  r.Pos,
		Msg:  quote(r.Path) + " looks private, and public services are asked for it",
		Hint: `if it is, add "` + host + `" to private`,
	}
}

// usesPublicProxy reports whether the go command asks the proxy that is its
// default. Proxies that the file names may well be the team's own.
func (e *environment) usesPublicProxy() bool {
	_, pos := e.proxies()
	return !pos.IsValid()
}

func (e *environment) usesPublicSumdb() bool {
	value, _ := e.sumdb()
	return value == "" || leak.IsPublicSumdb(value)
}
