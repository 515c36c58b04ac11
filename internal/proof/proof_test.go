package proof

import (
	"runtime/debug"
	"slices"
	"testing"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/modinput"
)

func TestLineDirectives(t *testing.T) {
	const text = `package p

//line expr.y:12
//line /abs/expr.y:12:3
// line no.y:1
	//line indented.y:1
var x = /*line in.y:7*/ 1
//line noline.y
//line C:\x\win.y:4
`
	want := []string{"expr.y", "/abs/expr.y", "in.y", "noline.y", `C:\x\win.y`}
	if got := lineDirectives([]byte(text)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNormalTags(t *testing.T) {
	tests := []struct{ list, want string }{{"", ""}, {"b,a,b", "a,b"}, {"b a", "a,b"}}
	for _, tt := range tests {
		if got := normalTags(tt.list); got != tt.want {
			t.Errorf("normalTags(%q): got %q, want %q", tt.list, got, tt.want)
		}
	}
}

// TestModules compares what a program has of one module with what the plan has.
func TestModules(t *testing.T) {
	const sum = "h1:good="
	fork := func(version, sum string) *debug.Module {
		return &debug.Module{Path: "example.com/fork", Version: version, Sum: sum}
	}
	tests := []struct {
		name   string
		dep    *debug.Module // nil if the program is without it
		listed *listedModule // nil if the plan is
		vendor bool
		want   string // rule; "" for none
	}{
		{"same", &debug.Module{Version: "v1.0.0", Sum: sum}, &listedModule{Version: "v1.0.0"}, false, ""},
		{"vendored", &debug.Module{Version: "v1.0.0"}, &listedModule{Version: "v1.0.0"}, true, ""},
		{"version", &debug.Module{Version: "v1.1.0", Sum: sum}, &listedModule{Version: "v1.0.0"}, false, "prove-module"},
		{"added", &debug.Module{Version: "v1.0.0", Sum: sum}, nil, false, "prove-module"},
		{"missing", nil, &listedModule{Version: "v1.0.0"}, false, "prove-module"},
		{"from the cache", &debug.Module{Version: "v1.0.0", Sum: sum}, &listedModule{Version: "v1.0.0"}, true, "prove-not-vendored"},
		{"from vendor", &debug.Module{Version: "v1.0.0"}, &listedModule{Version: "v1.0.0"}, false, "prove-no-hash"},
		{"other hash", &debug.Module{Version: "v1.0.0", Sum: "h1:bad="}, &listedModule{Version: "v1.0.0"}, false, "prove-sum"},
		{"replaced", &debug.Module{Version: "v1.0.0", Replace: fork("v2.0.0", sum)}, &listedModule{Version: "v1.0.0"}, false, "prove-replace"},
		{
			"replaced as planned", &debug.Module{Version: "v1.0.0", Replace: fork("v2.0.0", sum)},
			&listedModule{Version: "v1.0.0", Replace: &listedModule{Path: "example.com/fork", Version: "v2.0.0"}}, false, "",
		},
		{
			"by another version", &debug.Module{Version: "v1.0.0", Replace: fork("v2.0.1", sum)},
			&listedModule{Version: "v1.0.0", Replace: &listedModule{Path: "example.com/fork", Version: "v2.0.0"}}, false, "prove-replace",
		},
		{
			"directory", &debug.Module{Version: "v1.0.0", Replace: fork("(devel)", "")},
			&listedModule{Version: "v1.0.0", Replace: &listedModule{Path: "example.com/fork"}}, false, "prove-directory",
		},
		{"of the workspace", &debug.Module{Version: "(devel)"}, &listedModule{Main: true}, false, ""},
	}
	sums := modinput.Sums{
		{Path: "example.com/dep", Version: "v1.0.0"}:  {sum},
		{Path: "example.com/fork", Version: "v2.0.0"}: {sum},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &check{info: &debug.BuildInfo{}, plan: &plan{cmd: gocmd.Parse([]string{"build"})}, report: &finding.Report{}}
			if tt.vendor {
				c.plan.goflags = []string{"-mod=vendor"}
			}
			if tt.dep != nil {
				tt.dep.Path = "example.com/dep"
				c.info.Deps = []*debug.Module{tt.dep}
			}
			if tt.listed != nil {
				tt.listed.Path = "example.com/dep"
				c.plan.packages = []*listed{{ImportPath: "example.com/dep", Module: tt.listed}}
			}
			c.checkModules(sums)
			got := ""
			for _, f := range c.report.Findings {
				got += f.Rule
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
