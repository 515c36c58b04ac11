package pins

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/constraint"
	"github.com/goshim/goshim/internal/diag"
)

func TestDecodeList(t *testing.T) {
	got, err := decodeList([]byte(`{"Path": "example.com/app", "Main": true}
{"Path": "example.com/a", "Version": "v1.0.0"}
{"Path": "example.com/b", "Version": "v1.1.0", "Replace": {"Path": "../b"}}
{"Path": "example.com/c", "Version": "v1.2.0", "Replace": {"Path": "example.com/fork", "Version": "v1.2.1"}}
`))
	want := []Module{
		{"example.com/a", "v1.0.0", ""},
		{"example.com/b", "v1.1.0", "../b"},
		{"example.com/c", "v1.2.0", "example.com/fork v1.2.1"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if _, err := decodeList([]byte("{")); err == nil {
		t.Error("no error for half an object")
	}
}

func TestParseGraph(t *testing.T) {
	got := parseGraph([]byte(`example.com/app example.com/a@v1.0.0
example.com/app go@1.26
example.com/c@v1.0.0 example.com/a@v1.0.0
example.com/b@v1.0.0 example.com/a@v1.0.0
example.com/b@v1.0.0 example.com/a@v0.9.0
`))
	want := map[string][]string{
		"example.com/a@v1.0.0": {"example.com/b@v1.0.0", "example.com/c@v1.0.0"},
		"example.com/a@v0.9.0": {"example.com/b@v1.0.0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPin(t *testing.T) {
	c, err := constraint.Parse("^1.2")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		pin             Pin
		pinned, allowed bool
	}{
		{Pin{Module: Module{Version: "v1.2.0"}, Required: "v1.2.0"}, true, true},
		{Pin{Module: Module{Version: "v1.2.0"}, Required: "v1.1.0", Constraint: &Constraint{Constraint: c}}, false, true},
		{Pin{Module: Module{Version: "v1.1.0"}, Constraint: &Constraint{Constraint: c}}, false, false},
	}
	for i, tt := range tests {
		if tt.pin.IsPinned() != tt.pinned || tt.pin.IsAllowed() != tt.allowed {
			t.Errorf("%d: got %v, %v", i, tt.pin.IsPinned(), tt.pin.IsAllowed())
		}
	}
}

func TestFind(t *testing.T) {
	r := &Report{Pins: []Pin{{Module: Module{Path: "example.com/dep"}}, {Module: Module{Path: "example.com/mid"}}}}
	if got, err := r.Find([]string{"example.com/mid"}); err != nil || len(got) != 1 || got[0].Path != "example.com/mid" {
		t.Errorf("got %v, %v", got, err)
	}
	_, err := r.Find([]string{"example.com/dpe"})
	if e, ok := err.(*diag.Error); !ok || e.Hint != `did you mean "example.com/dep"?` {
		t.Errorf("got %#v", err)
	}
}
