package freeze

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/constraint"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/pins"
)

func parse(t *testing.T, text string) *pins.Constraint {
	t.Helper()
	c, err := constraint.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return &pins.Constraint{Constraint: c, Pos: diag.Pos{File: "goshim.toml", Line: 3, Col: 1}}
}

func TestHighest(t *testing.T) {
	versions := []string{"v0.9.0", "v1.9.0", "v1.10.0", "v1.11.0-rc.1", "v2.0.0+incompatible"}
	tests := []struct{ constraint, want string }{
		{"^1.2", "v1.10.0"},
		{"~1.9", "v1.9.0"},
		{"^0.9", "v0.9.0"},
		{"^1.11.0-rc.1", "v1.11.0-rc.1"},
		{"^2.0+incompatible", "v2.0.0+incompatible"},
		{"^1.12", ""},
	}
	for _, tt := range tests {
		if got := highest(parse(t, tt.constraint), versions); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.constraint, got, tt.want)
		}
	}
}

func TestRequire(t *testing.T) {
	f, err := modfile.Parse("go.mod", []byte(`module example.com/app

go 1.26

require example.com/dep v1.0.0 // why

require example.com/ind v1.0.0 // indirect
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	err = require(f, map[string]string{"example.com/dep": "v1.1.0", "example.com/ind": "v1.2.0", "example.com/new": "v0.1.0"})
	if err != nil {
		t.Fatal(err)
	}
	f.Cleanup()
	want := `module example.com/app

go 1.26

require example.com/dep v1.1.0 // why

require (
	example.com/ind v1.2.0 // indirect
	example.com/new v0.1.0 // indirect
)
`
	if diff := cmp.Diff(want, string(modfile.Format(f.Syntax))); diff != "" {
		t.Error(diff)
	}
}

func TestNoVersion(t *testing.T) {
	p := pins.Pin{Module: pins.Module{Path: "example.com/dep"}, Constraint: parse(t, "^9.1")}
	tests := []struct {
		versions []string
		want     string
	}{
		{nil, "none"},
		{[]string{"v1.0.0", "v1.1.0"}, "v1.0.0, v1.1.0"},
		{[]string{"v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0", "v1.4.0", "v1.5.0", "v1.6.0"}, "2 others, …, v1.2.0, v1.3.0, v1.4.0, v1.5.0, v1.6.0"},
	}
	for _, tt := range tests {
		want := `goshim.toml:3:1: no version of example.com/dep satisfies "^9.1" (have ` + tt.want + ")"
		if got := noVersion(p, tt.versions).Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestSameList(t *testing.T) {
	a, b, c := pins.Module{Path: "example.com/a", Version: "v1.0.0"}, pins.Module{Path: "example.com/b", Version: "v1.0.0"}, pins.Module{Path: "example.com/b", Version: "v1.1.0"}
	list := []pins.Module{a, b}
	tests := []struct {
		now  []pins.Module
		want string
	}{
		{[]pins.Module{a, b}, ""},
		{[]pins.Module{a, c}, "pinning the build list changes it: example.com/b v1.1.0"},
		{[]pins.Module{a}, "pinning the build list changes it: example.com/b v1.0.0"},
		{[]pins.Module{a, b, c}, "pinning the build list changes it: example.com/b v1.1.0"},
	}
	for _, tt := range tests {
		got := ""
		if err := sameList(list, tt.now); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestMessage(t *testing.T) {
	p := &Plan{File: "go.dev.mod", Pins: []Pin{
		{Path: "example.com/dep", Old: "v1.0.0", New: "v1.1.0"},
		{Path: "example.com/new", New: "v0.1.0"},
	}}
	want := "go.dev.mod: freeze 2 modules\n\nexample.com/dep v1.0.0 → v1.1.0\nexample.com/new unpinned → v0.1.0\n"
	if diff := cmp.Diff(want, p.Message()); diff != "" {
		t.Error(diff)
	}
}
