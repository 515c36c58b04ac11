package promote

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

const gomod = `module example.com/app

go 1.26

require (
	example.com/dep v1.0.0
	example.com/mid v1.0.0
)
`

// stacks returns the stacks of a go.mod and of a layer over it.
func stacks(t *testing.T, layer string) (lower, upper *modlayer.Stack) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "mid"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"go.mod": gomod, "go.dev.mod": layer, "mid/go.mod": "module example.com/mid\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	u := &modpair.Use{Modfiles: []modpair.Ref{{Path: filepath.Join(dir, "go.dev.mod"), Name: "go.dev.mod"}}}
	u.SetRoot(func(string) string { return "" }, dir)
	upper, err := modlayer.Read(u)
	if err != nil {
		t.Fatal(err)
	}
	return upper.Lower(), upper
}

func merge(t *testing.T, s *modlayer.Stack) *modlayer.Merged {
	t.Helper()
	m, err := s.Merge()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// request returns a request from dev to prod.
func request(modules ...string) *Request {
	target := func(name string) *shim.Target {
		return &shim.Target{Policy: &policy.Policy{Choice: policy.Choice{Env: name}}, Use: &modpair.Use{}}
	}
	return &Request{From: target("dev"), To: target("prod"), Modules: modules}
}

const layer = `require (
	example.com/dep v1.1.0
	example.com/new v1.0.0
)
replace example.com/mid => ./mid
exclude example.com/dep v1.0.5
tool example.com/new/cmd/gen
godebug default=go1.25
//goshim:drop require example.com/none
`

func TestPart(t *testing.T) {
	tests := []struct {
		modules []string
		want    string
	}{
		{nil, "exclude example.com/dep v1.0.5, godebug default, replace example.com/mid, require example.com/dep, require example.com/new, tool example.com/new/cmd/gen"},
		{[]string{"example.com/dep"}, "exclude example.com/dep v1.0.5, require example.com/dep"},
		{[]string{"example.com/new", "example.com/mid"}, "replace example.com/mid, require example.com/new, tool example.com/new/cmd/gen"},
		{[]string{"example.com/none"}, ""}, // there is nothing to drop
		{[]string{"example.com/nwe"}, `go.dev.mod: there is no line about "example.com/nwe"`},
	}
	for _, tt := range tests {
		lower, upper := stacks(t, layer)
		part, err := request(tt.modules...).part(upper.Top(), lower)
		if err != nil {
			if err.Error() != tt.want {
				t.Errorf("%q: got %v, want %s", tt.modules, err, tt.want)
			}
			continue
		}
		var names []string
		for _, d := range modlayer.Compare(merge(t, lower), merge(t, lower.Over(part))) {
			names = append(names, d.Name())
		}
		if diff := cmp.Diff(tt.want, strings.Join(names, ", ")); diff != "" {
			t.Errorf("%q: -want +got:\n%s", tt.modules, diff)
		}
	}
}

func TestMoves(t *testing.T) {
	lower, upper := stacks(t, "require example.com/dep v1.1.0\nreplace example.com/mid => ./mid\ntool a\n//goshim:drop require example.com/mid\n")
	got := request().Message(&Plan{Moves: moves(merge(t, lower), merge(t, upper))}, "go.mod")
	want := `go.mod: promote dev to prod

replace example.com/mid none → ./mid
example.com/dep v1.0.0 → v1.1.0
example.com/mid v1.0.0 → none
tool a none → there
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestChangedModules(t *testing.T) {
	tests := []struct{ layer, want string }{
		{"", ""},
		{"require example.com/dep v1.1.0\n", "example.com/dep"},
		{"replace example.com/dep => example.com/fork v1.0.0\n", "example.com/dep"},
		{"replace example.com/dep => ./dep\n", ""},
		{"replace example.com/other => example.com/fork v1.0.0\n", ""},
		{"//goshim:drop require example.com/dep\n", ""},
		{"require (\n\texample.com/dep v1.1.0\n\texample.com/new v1.0.0\n)\nreplace example.com/dep => example.com/fork v1.0.0\n", "example.com/dep example.com/new"},
	}
	for _, tt := range tests {
		lower, upper := stacks(t, "")
		upper, err := upper.With(1, []byte(tt.layer), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(changedModules(merge(t, lower), merge(t, upper)), " "); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.layer, got, tt.want)
		}
	}
}
