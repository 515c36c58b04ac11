package gate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/finding"
)

func TestParse(t *testing.T) {
	const high = finding.High
	tests := []struct {
		name, stderr string
		want         []finding.Finding
	}{
		{"nothing", "", nil},
		{
			"the compiler",
			"go: downloading example.com/m v1.0.0\n# example.com/app\n./main.go:3:5: undefined: x\nvendor/m/m.go:12:2: cannot use x:\n\thave int\n\twant string\n./main.go:9: too many errors\n",
			[]finding.Finding{
				{Rule: "build-failed", Severity: high, File: "./main.go", Line: 3, Message: "undefined: x"},
				{Rule: "build-failed", Severity: high, File: "vendor/m/m.go", Line: 12, Message: "cannot use x:\n\thave int\n\twant string"},
				{Rule: "build-failed", Severity: high, File: "./main.go", Line: 9, Message: "too many errors"},
			},
		},
		{
			"the linker, and the compiler of another package",
			"# example.com/app/cmd/a\nmain.main: relocation target example.com/app.missing not defined\n# example.com/app/cmd/b\n./main.go:3:5: undefined: x\n",
			[]finding.Finding{
				{Rule: "build-failed", Severity: high, Message: "example.com/app/cmd/a: main.main: relocation target example.com/app.missing not defined"},
				{Rule: "build-failed", Severity: high, File: "./main.go", Line: 3, Message: "undefined: x"},
			},
		},
		{
			"the go command",
			"main.go:4:2: no required module provides package example.com/dep; to add it:\n\tgo get example.com/dep\ngo: inconsistent vendoring in /w:\n\texample.com/dep@v1.0.0: is explicitly required\n",
			[]finding.Finding{
				{Rule: "build-failed", Severity: high, File: "main.go", Line: 4, Message: "no required module provides package example.com/dep; to add it:\n\tgo get example.com/dep"},
				{Rule: "build-failed", Severity: high, Message: "go: inconsistent vendoring in /w:\n\texample.com/dep@v1.0.0: is explicitly required"},
			},
		},
		{
			"a refusal of the shim",
			"goshim: goshim.toml:20:24: go build is not allowed in environment \"prod\"\ngoshim: hint: GOSHIM_ENV=NAME chooses another\n",
			[]finding.Finding{
				{Rule: "build-refused", Severity: high, File: "goshim.toml", Line: 20, Message: "go build is not allowed in environment \"prod\"", Hint: "GOSHIM_ENV=NAME chooses another"},
			},
		},
		{
			"no places",
			"dial tcp 192.0.2.1:443: connect: refused\ngo: example.com/m@v1.0.0: 404 Not Found\n",
			[]finding.Finding{
				{Rule: "build-failed", Severity: high, Message: "dial tcp 192.0.2.1:443: connect: refused"},
				{Rule: "build-failed", Severity: high, Message: "go: example.com/m@v1.0.0: 404 Not Found"},
			},
		},
		{
			"Windows",
			"C:\\w\\main.go:3:5: undefined: x\r\n",
			[]finding.Finding{{Rule: "build-failed", Severity: high, File: "C:\\w\\main.go", Line: 3, Message: "undefined: x"}},
		},
		{"an indented line alone", "\tx\n", []finding.Finding{{Rule: "build-failed", Severity: high, Message: "\tx"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, parse("build", tt.stderr)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzParse wants everything that is said to be in the findings, and lines that
// are lines.
func FuzzParse(f *testing.F) {
	f.Add("# p\n./main.go:3:5: undefined: x\n\tmore\n")
	f.Add("goshim: goshim.toml:20:24: no\ngoshim: hint: do\n")
	f.Add("x.go:99999999999999999999: y\n")
	f.Fuzz(func(t *testing.T, stderr string) {
		all := parse("build", stderr)
		if len(all) > maxSaid {
			t.Errorf("%d findings", len(all))
		}
		for _, found := range all {
			if found.Line < 0 || (found.Line > 0) != (found.File != "") || found.Message == "" && found.Hint == "" && !strings.Contains(stderr, "goshim: ") {
				t.Errorf("%q: %+v", stderr, found)
			}
		}
	})
}

func TestRounds(t *testing.T) {
	var mains []Program
	for _, path := range []string{"example.com/app/cmd/a", "example.com/app/cmd/b", "example.com/app/v2", "example.com/app/tools/a", "example.com/app"} {
		mains = append(mains, Program{Package: path})
	}
	want := [][]Program{
		{{Package: "example.com/app/cmd/a"}, {Package: "example.com/app/cmd/b"}, {Package: "example.com/app/v2"}},
		{{Package: "example.com/app/tools/a"}, {Package: "example.com/app"}},
	}
	if diff := cmp.Diff(want, rounds(mains)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
