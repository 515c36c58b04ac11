package sumlint

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modstore"
)

const (
	hashA = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	hashB = "h1:BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
)

// lint returns what the lines of some files are said to be, a line each.
func lint(files ...string) []string {
	c := &check{report: &finding.Report{Root: filepath.FromSlash("/w")}, in: &modinput.Inputs{}}
	for i, text := range files {
		name := "go.sum"
		if i > 0 {
			name = fmt.Sprintf("m%d/go.sum", i)
		}
		c.in.SumFiles = append(c.in.SumFiles, modinput.SumFile{Path: filepath.Join(c.report.Root, filepath.FromSlash(name)), Data: []byte(text)})
	}
	c.lines()
	c.report.Sort()
	var all []string
	for _, f := range c.report.Findings {
		all = append(all, fmt.Sprintf("%s:%d %s %s", f.File, f.Line, f.Severity, f.Rule))
	}
	return all
}

func TestLines(t *testing.T) {
	tests := []struct {
		name  string
		files []string
		want  []string
	}{
		{"in order", []string{"example.com/a v1.0.0 " + hashA + "\nexample.com/a v1.0.0/go.mod " + hashB + "\n\n"}, nil},
		{"the go command's order", []string{
			"e.com/a v1.2.0 " + hashA + "\ne.com/a v1.2.0/go.mod " + hashA + "\ne.com/a v1.10.0/go.mod " + hashA + "\ne.com/a/b v0.0.1 " + hashA + "\n",
		}, nil},
		{"unsorted, once", []string{
			"e.com/b v1.0.0 " + hashA + "\ne.com/a v1.10.0 " + hashA + "\ne.com/a v1.9.0 " + hashA + "\n",
		}, []string{"go.sum:2 low sum-unsorted"}},
		{"fields", []string{"e.com/a v1.0.0\ne.com/a v1.0.0 h1: x\n"}, []string{"go.sum:1 medium sum-malformed", "go.sum:2 medium sum-malformed"}},
		{"names", []string{"E..com/a v1.0.0 " + hashA + "\ne.com/a 1.0.0 " + hashA + "\ne.com/a v1.0 " + hashB + "\n"}, []string{
			"go.sum:1 medium sum-malformed", "go.sum:2 medium sum-malformed", "go.sum:3 medium sum-malformed",
		}},
		{"a byte order mark", []string{"\ufeffe.com/a v1.0.0 " + hashA + "\n"}, []string{"go.sum:1 medium sum-malformed"}},
		{"hashes", []string{"e.com/a v1.0.0 h2:x\ne.com/b v1.0.0 h1:cut\ne.com/c v1.0.0 md5\ne.com/d v0.1.0 " + emptyGoMod + "\n"}, []string{
			"go.sum:2 high sum-malformed", "go.sum:1 low sum-unknown-algorithm", "go.sum:3 low sum-unknown-algorithm", "go.sum:4 low sum-ignored",
		}},
		{"twice", []string{"e.com/a v1.0.0 " + hashA + "\ne.com/a v1.0.0 " + hashA + "\n"}, []string{"go.sum:2 low sum-duplicate"}},
		{"two hashes", []string{"e.com/a v1.0.0 " + hashA + "\ne.com/a v1.0.0 " + hashB + "\n"}, []string{"go.sum:2 high sum-conflict"}},
		{"two files that agree", []string{"e.com/a v1.0.0 " + hashA + "\n", "e.com/a v1.0.0 " + hashA + "\n"}, nil},
		{"two files that do not", []string{"e.com/a v1.0.0 " + hashA + "\n", "e.com/a v1.0.0 " + hashB + "\n"}, []string{"m1/go.sum:1 high sum-conflict"}},
		{"CR LF", []string{"e.com/a v1.0.0 " + hashA + "\r\ne.com/b v1.0.0 " + hashA + "\r\n"}, []string{"go.sum:1 low sum-crlf"}},
		{
			"a conflict of git",
			[]string{"<<<<<<< HEAD\ne.com/a v1.0.0 " + hashA + "\n||||||| base\n=======\ne.com/a v1.0.0 " + hashB + "\n>>>>>>> x\n"},
			[]string{
				"go.sum:1 high sum-conflict-marker", "go.sum:3 high sum-conflict-marker", "go.sum:4 high sum-conflict-marker",
				"go.sum:5 high sum-conflict", "go.sum:6 high sum-conflict-marker",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, lint(test.files...)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestUnknown: behind a go.mod that is not here, nothing is said to be unused.
func TestUnknown(t *testing.T) {
	f, err := modfile.Parse("go.mod", []byte("module example.com/app\n\ngo 1.26\n\nrequire example.com/a v1.0.0\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	in := &modinput.Inputs{
		Roots:    modgraph.Roots{Mains: []modgraph.Main{{Dir: t.TempDir(), File: f}}},
		SumFiles: []modinput.SumFile{{Path: "go.sum", Data: []byte("example.com/other v1.0.0 " + hashA + "\n")}},
		Sums:     modinput.Sums{{Path: "example.com/other", Version: "v1.0.0"}: {hashA}},
		Stack:    &modlayer.Stack{},
	}
	c := &check{report: &finding.Report{}, in: in}
	c.builds(modstore.Dir(t.TempDir()))
	c.report.Sort()
	var rules []string
	for _, f := range c.report.Findings {
		rules = append(rules, f.Rule)
	}
	if diff := cmp.Diff([]string{RuleMissing, RuleMissing, RuleUnknown}, rules); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// FuzzLines wants no line to be passed over, and a file that is in order to be
// in the order of its lines.
func FuzzLines(f *testing.F) {
	f.Add("example.com/a v1.0.0 " + hashA + "\n")
	f.Add("<<<<<<< x\n\r\n\x00 \xff v0 h1:\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, said := range lint(text) {
			if !strings.HasPrefix(said, "go.sum:") {
				t.Errorf("%q has no line", said)
			}
		}
	})
}
