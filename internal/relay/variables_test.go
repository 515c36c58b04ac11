package relay

import (
	"testing"

	"github.com/goshim/goshim/internal/modroute"
)

func TestVariables(t *testing.T) {
	route := func(pattern string, urls ...string) modroute.Route {
		return modroute.Route{Pattern: pattern, Sources: chainOf(false, urls...).Proxies}
	}
	open := chainOf(false, "https://a.example.com", "direct").Proxies
	gate := chainOf(false, "https://a.example.com").Proxies
	for _, tt := range []struct {
		name               string
		chain              modroute.Chain
		goproxy, gonoproxy string
	}{
		{"plain", modroute.Chain{Proxies: open}, "R,direct", "none"},
		{"gatekeeper", modroute.Chain{Proxies: gate}, "R", "none"},
		{"private from its origin", modroute.Chain{Proxies: gate, NoProxy: "corp.example.com/*,x.example.com"}, "R", "corp.example.com/*,x.example.com"},
		{"private from a route", modroute.Chain{
			Proxies: open, NoProxy: "*.corp.example.com,other.example.com",
			Routes: []modroute.Route{route("git.corp.example.com/team", "https://b.example.com")},
		}, "R,direct", "other.example.com"},
		{"a route to the origin", modroute.Chain{
			Proxies: gate, NoProxy: "none",
			Routes: []modroute.Route{route("corp.example.com/a", "direct"), route("corp.example.com/*", "https://b.example.com", "direct")},
		}, "R", "corp.example.com/a"},
		{"a route to the origin behind another", modroute.Chain{
			Proxies: gate, NoProxy: "",
			Routes: []modroute.Route{route("corp.example.com/a", "https://b.example.com"), route("corp.example.com", "direct")},
		}, "R", "none"},
		{"two proxies", modroute.Chain{Proxies: chainOf(false, "https://a.example.com", "https://b.example.com", "direct").Proxies}, "R/0,R/1,direct", "none"},
		{"two after any error", modroute.Chain{Proxies: chainOf(true, "https://a.example.com", "https://b.example.com").Proxies}, "R/0|R/1", "none"},
	} {
		if goproxy, gonoproxy := Variables("R", &tt.chain); goproxy != tt.goproxy || gonoproxy != tt.gonoproxy {
			t.Errorf("%s: got %s and %s, want %s and %s", tt.name, goproxy, gonoproxy, tt.goproxy, tt.gonoproxy)
		}
	}
}

func TestOverlap(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"a.example.com", "a.example.com/x/*", true},
		{"a.example.com/x", "a.example.com/y", false},
		{"*.example.com", "git.example.com/x", true},
		{"*.example.com", "git.example.org/x", false},
		{"*.example.com", "git.*", true},
		{"[", "a", true},
	} {
		if overlap(tt.a, tt.b) != tt.want || overlap(tt.b, tt.a) != tt.want {
			t.Errorf("overlap(%q, %q) is not %v", tt.a, tt.b, tt.want)
		}
	}
}
