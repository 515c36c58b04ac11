package modroute

import (
	"strconv"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
)

// A NearMiss is a pattern that does not match a module, and probably should.
type NearMiss struct {
	Pattern string
	Why     string
}

// Match returns the first of the patterns, as GOPRIVATE has them, that matches
// the module with the given path, or "". If none does, it returns those that
// nearly do.
func Match(patterns, path string) (pattern string, near []NearMiss) {
	if pattern = match(patterns, path); pattern != "" {
		return pattern, nil
	}
	for pattern := range strings.SplitSeq(patterns, ",") {
		if why := nearMiss(strings.TrimSpace(pattern), path); why != "" {
			near = append(near, NearMiss{strings.TrimSpace(pattern), why})
		}
	}
	return "", near
}

// nearMiss says why a pattern does not match a path that it was probably meant
// for, or "". Patterns match the case, and whole elements of a path: that for a
// host says nothing of the hosts below it.
func nearMiss(pattern, path string) string {
	host, _, _ := strings.Cut(path, "/")
	wanted, _, _ := strings.Cut(pattern, "/")
	lower, lowerHost := strings.ToLower(wanted), strings.ToLower(host)
	switch {
	case pattern == "" || pattern == "none":
		return ""
	case module.MatchPrefixPatterns(strings.ToLower(pattern), strings.ToLower(path)):
		return "the case differs"
	case strings.HasSuffix(lowerHost, "."+lower):
		return host + " is below " + wanted + "; write " + strconv.Quote("*."+pattern)
	case strings.HasSuffix(lower, "."+lowerHost):
		return wanted + " is below " + host + "; write " + strconv.Quote(host) + " too"
	case !module.MatchPrefixPatterns(lower, lowerHost):
		if diag.Nearest(lowerHost, []string{lower}) != "" {
			return "the hosts are nearly the same: " + wanted + ", " + host
		}
		return ""
	case strings.Count(strings.TrimSuffix(pattern, "/"), "/") > strings.Count(path, "/"):
		return "it has more elements than the path"
	}
	return ""
}
