package gate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
)

// step returns a step that finds something of each severity.
func step(name string, exit int, severities ...finding.Severity) Step {
	return Step{Name: name, Exit: exit, Run: func(context.Context) (*finding.Report, error) {
		r := &finding.Report{Check: name, Root: testRoot}
		for _, s := range severities {
			r.Add(finding.Finding{Rule: name + "-rule", Severity: s, Message: s.String()})
		}
		return r, nil
	}}
}

var testRoot = func() string {
	root, err := filepath.Abs("testroot")
	if err != nil {
		panic(err)
	}
	return root
}()

func skipping(name, why string) Step {
	return Step{Name: name, Run: func(context.Context) (*finding.Report, error) { return finding.Skip(name, why), nil }}
}

func broken(name string, exit int, err error) Step {
	return Step{Name: name, Exit: exit, Run: func(context.Context) (*finding.Report, error) { return nil, err }}
}

func needing(s Step, name string) Step {
	s.Needs = name
	return s
}

func TestRun(t *testing.T) {
	tests := []struct {
		name      string
		steps     []Step
		keepGoing bool
		exit      int
		want      []string // step, status, reason
	}{
		{
			name:  "all pass",
			steps: []Step{step("a", 10), step("b", 11, finding.Low), skipping("c", "nothing there")},
			want:  []string{"a passed", "b passed", "c skipped: nothing there"},
		},
		{
			name:  "the first that fails ends it",
			steps: []Step{step("a", 10), step("b", 11, finding.Medium), step("c", 12)},
			exit:  11,
			want:  []string{"a passed", "b failed", "c not run: b failed"},
		},
		{
			name:      "keep going, with the status of the first that fails",
			steps:     []Step{step("a", 10, finding.High), step("b", 11), step("c", 12, finding.High)},
			keepGoing: true,
			exit:      10,
			want:      []string{"a failed", "b passed", "c failed"},
		},
		{
			name:      "what needs a step that failed is not run",
			steps:     []Step{step("a", 10, finding.High), needing(step("b", 11), "a"), needing(step("c", 12), "b")},
			keepGoing: true,
			exit:      10,
			want:      []string{"a failed", "b not run: a did not pass", "c not run: b did not pass"},
		},
		{
			name:  "what needs a step that is skipped is not run",
			steps: []Step{skipping("a", "none"), needing(step("b", 11), "a")},
			want:  []string{"a skipped: none", "b not run: a did not pass"},
		},
		{
			name:  "a check that cannot be made fails",
			steps: []Step{broken("a", 10, errors.New("reading go.sum: is a directory")), step("b", 11)},
			exit:  10,
			want:  []string{"a failed", "b not run: a failed"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var told []string
			r, err := Run(t.Context(), tt.steps, Options{Root: testRoot, Dir: testRoot, KeepGoing: tt.keepGoing, Ended: func(o *Outcome) {
				line := o.Step + " " + o.Status.String()
				if o.Reason != "" {
					line += ": " + o.Reason
				}
				told = append(told, line)
			}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, told); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r.Exit != tt.exit || r.Passed != (tt.exit == 0) {
				t.Errorf("exit %d, passed %v; want exit %d", r.Exit, r.Passed, tt.exit)
			}
		})
	}
}

// TestRunEnds wants no result of a gate that is interrupted, even if the step
// that was running says that all is well.
func TestRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	steps := []Step{{Name: "a", Run: func(context.Context) (*finding.Report, error) {
		cancel()
		return &finding.Report{}, nil
	}}, step("b", 11)}
	if r, err := Run(ctx, steps, Options{}); r != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", r, err)
	}
}

// TestRunPlaces wants files to be named from the repository, the worst first.
func TestRunPlaces(t *testing.T) {
	outside := filepath.Join(filepath.Dir(testRoot), "other", "x.go")
	steps := []Step{
		{Name: "a", Run: func(context.Context) (*finding.Report, error) {
			return &finding.Report{Root: filepath.Join(testRoot, "sub"), Findings: []finding.Finding{
				{File: "note.go"},
				{File: "../vendor/x.go", Severity: finding.High},
				{File: outside, Severity: finding.Medium},
				{Module: "example.com/m@v1.0.0"},
			}}, nil
		}},
		broken("b", 1, &diag.Error{Pos: diag.Pos{File: filepath.Join("..", "goshim.toml"), Line: 3, Col: 2}, Msg: "bad", Hint: "mend it"}),
	}
	r, err := Run(t.Context(), steps, Options{Root: testRoot, Dir: filepath.Join(testRoot, "sub"), KeepGoing: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []Outcome{
		{Step: "a", Status: Failed, Findings: []finding.Finding{
			{File: "vendor/x.go", Severity: finding.High},
			{File: filepath.ToSlash(outside), Severity: finding.Medium},
			{Module: "example.com/m@v1.0.0"},
			{File: "sub/note.go"},
		}},
		{Step: "b", Exit: 1, Status: Failed, Findings: []finding.Finding{
			{Rule: "b-error", Severity: finding.High, File: "goshim.toml", Line: 3, Message: "bad", Hint: "mend it"},
		}},
	}
	if diff := cmp.Diff(want, r.Steps, cmpopts.IgnoreFields(Outcome{}, "Seconds")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRelative wants files below the repository to be known by it whichever way
// leads there.
func TestRelative(t *testing.T) {
	real, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	repo, link := filepath.Join(real, "repo"), filepath.Join(real, "link")
	if err := os.Mkdir(repo, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(repo, link); err != nil {
		t.Skip(err)
	}
	for _, root := range []string{repo, link} {
		for _, from := range []string{repo, link} {
			if got := relative(root, from, "a/../x.go"); got != "x.go" {
				t.Errorf("relative(%s, %s) = %s", root, from, got)
			}
		}
	}
	if got, want := relative(link, link, "../other/x.go"), filepath.ToSlash(filepath.Join(real, "other", "x.go")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
