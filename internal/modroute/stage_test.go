package modroute

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestStages states for each module of a chain which sources each entry of GOPROXY
// stands for.
func TestStages(t *testing.T) {
	parse := func(list string) []Source {
		sources, err := Parse(list)
		if err != nil {
			t.Fatal(err)
		}
		return sources
	}
	for _, tt := range []struct {
		proxies, route string
		separator      string
		main, routed   []Stage
	}{
		{"https://a", "https://r", ",", []Stage{{0, 1}}, []Stage{{0, 1}}},
		{"direct", "off", ",", []Stage{{0, 1}}, []Stage{{0, 1}}},
		{"https://a,https://b,direct", "https://r", ",", []Stage{{0, 1}, {1, 3}}, []Stage{{}, {0, 1}}},
		{"https://a|https://b|direct", "direct", "|", []Stage{{0, 1}, {1, 3}}, []Stage{{}, {0, 1}}},
		{"https://a|direct", "https://r|off", ",", []Stage{{0, 2}}, []Stage{{0, 2}}},
		// Only 404 leads from c to d: a pipe must not.
		{"https://a|https://b", "https://c,https://d|https://e", "|", []Stage{{0, 1}, {1, 2}}, []Stage{{0, 2}, {2, 3}}},
		{"https://a|https://b|https://c", "https://d,https://e", "|", []Stage{{0, 1}, {1, 2}, {2, 3}}, []Stage{{}, {}, {0, 2}}},
	} {
		c := &Chain{Proxies: parse(tt.proxies), Routes: []Route{{Pattern: "r.example.com", Sources: parse(tt.route)}}}
		n, separator := c.Stages()
		if separator != tt.separator {
			t.Errorf("%s: separator %q", tt.proxies, separator)
		}
		for path, want := range map[string][]Stage{"a.example.com": tt.main, "r.example.com/x": tt.routed} {
			var got []Stage
			for i := range n {
				got = append(got, c.Stage(c.Of(path), i))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s and %s, %s: %s", tt.proxies, tt.route, path, diff)
			}
		}
	}
}
