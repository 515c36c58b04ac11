package modroute

import (
	"testing"

	"golang.org/x/mod/module"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct{ patterns, path, pattern, why string }{
		{"corp.example.com", "corp.example.com/x", "corp.example.com", ""},
		{"other.example.com,corp.example.com/*", "corp.example.com/x/y", "corp.example.com/*", ""},
		{"*.example.com", "a.b.example.com/x", "*.example.com", ""},
		{"corp.example.com/x/", "corp.example.com/x", "corp.example.com/x/", ""},
		{"Corp.example.com", "corp.example.com/x", "", "the case differs"},
		{"corp.example.com/Team", "corp.example.com/team/x", "", "the case differs"},
		{"example.com", "corp.example.com/x", "", `corp.example.com is below example.com; write "*.example.com"`},
		{"example.com/*", "corp.example.com/x", "", `corp.example.com is below example.com; write "*.example.com/*"`},
		{"*.example.com", "example.com/x", "", `*.example.com is below example.com; write "example.com" too`},
		{"corp.example.com", "example.com/x", "", `corp.example.com is below example.com; write "example.com" too`},
		{"corp.example.com/*", "corp.example.com", "", "it has more elements than the path"},
		{"corp.exmaple.com", "corp.example.com/x", "", "the hosts are nearly the same: corp.exmaple.com, corp.example.com"},
		{"corp.example.com/a", "corp.example.com/b", "", ""},
		{"none", "corp.example.com/b", "", ""},
		{" ", "corp.example.com/b", "", ""},
		{"", "corp.example.com/b", "", ""},
		{"otherexample.com", "example.com/b", "", ""},
	} {
		pattern, near := Match(tt.patterns, tt.path)
		why := ""
		if len(near) > 0 {
			why = near[0].Why
		}
		if pattern != tt.pattern || why != tt.why {
			t.Errorf("Match(%q, %q) = %q, %q, want %q, %q", tt.patterns, tt.path, pattern, why, tt.pattern, tt.why)
		}
		if got := module.MatchPrefixPatterns(tt.patterns, tt.path); got != (pattern != "") {
			t.Errorf("Match(%q, %q) = %q, but the go command says %v", tt.patterns, tt.path, pattern, got)
		}
	}
}
