// Package gate runs the checks that a program must pass before it is released,
// one after the other, and tells of them in the formats that the servers of CI
// read: JSON, JUnit, SARIF, GitLab's code quality, GitHub's annotations.
//
// A step that has nothing to check is skipped, with the reason, and one that
// could not be run because of another is not run: neither is ever told as
// passed.
package gate

import (
	"cmp"
	"context"
	"time"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
)

// The exit status of the gate, by the step that failed first. 0 is a gate that
// was passed, and 2 one that could not be run at all, as for every command.
const (
	ExitGosum = 10 + iota
	ExitVendor
	ExitGitClean
	ExitPolicy
	ExitBuild
	ExitInject
	ExitProve
)

// A Step is one check.
type Step struct {
	Name   string
	Module string // path of the module it is about, if the gate is about those of a workspace
	Dir    string // absolute path of the directory that errors name files from, [Options.Dir] if ""
	Exit   int    // status of the gate if it is the first that fails
	Needs  string // name of an earlier step of the module, without which there is nothing to check, or ""

	// Run does the check. An error is one of the check itself: a gate that cannot
	// check is not passed.
	Run func(context.Context) (*finding.Report, error)
}

// A Status is how a step ended.
type Status int

const (
	Passed Status = iota
	Failed
	Skipped // it has nothing to check here
	NotRun  // another step failed before it
)

var statusNames = [...]string{"passed", "failed", "skipped", "not run"}

func (s Status) String() string { return statusNames[s] }

// MarshalText returns the status's name.
func (s Status) MarshalText() ([]byte, error) { return []byte(statusNames[s]), nil }

// An Outcome is what became of a step.
type Outcome struct {
	Module   string            `json:"module,omitempty"` // as in [Step]
	Step     string            `json:"step"`
	Status   Status            `json:"status"`
	Reason   string            `json:"reason,omitempty"` // why it is skipped or not run
	Exit     int               `json:"exit"`             // as in [Step]
	Seconds  float64           `json:"seconds"`
	Counts   []finding.Count   `json:"counts,omitempty"`
	Findings []finding.Finding `json:"findings"` // sorted; files are named from the result's Root
}

// Name returns the step's name, with the module it is about if there are several.
func (o *Outcome) Name() string {
	if o.Module == "" {
		return o.Step
	}
	return o.Step + " of " + o.Module
}

// A Result is what became of the gate.
type Result struct {
	Environment string    `json:"environment,omitempty"`
	Passed      bool      `json:"passed"`
	Exit        int       `json:"exit"`
	Steps       []Outcome `json:"steps"`

	Root string `json:"-"` // absolute path of the directory that files are named from: the repository's
}

// Failed returns the first step that failed, or nil.
func (r *Result) Failed() *Outcome {
	for i := range r.Steps {
		if r.Steps[i].Status == Failed {
			return &r.Steps[i]
		}
	}
	return nil
}

// Options say how a gate is run.
type Options struct {
	Environment string
	Root        string // absolute path of the repository
	Dir         string // absolute path of the directory that errors name files from
	KeepGoing   bool   // run all steps, whatever fails

	// Began and Ended are called before and after each step that is run; Ended
	// also for one that is not. Either may be nil.
	Began func(Step)
	Ended func(*Outcome)
}

// Run runs the steps in order, and stops at the first that fails. Its error is
// that ctx ended: then there is no result.
func Run(ctx context.Context, steps []Step, o Options) (*Result, error) {
	r := &Result{Environment: o.Environment, Passed: true, Root: o.Root, Steps: []Outcome{}}
	type key struct{ module, step string }
	status := make(map[key]Status)
	for _, s := range steps {
		out := Outcome{Module: s.Module, Step: s.Name, Exit: s.Exit, Status: NotRun, Findings: []finding.Finding{}}
		switch failed := r.Failed(); {
		case failed != nil && !o.KeepGoing:
			out.Reason = failed.Step + " failed"
			if failed.Module != s.Module {
				out.Reason = failed.Name() + " failed"
			}
		case s.Needs != "" && status[key{s.Module, s.Needs}] != Passed:
			out.Reason = s.Needs + " did not pass"
		default:
			if o.Began != nil {
				o.Began(s)
			}
			s.run(ctx, &out, o)
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		status[key{s.Module, s.Name}] = out.Status
		r.Steps = append(r.Steps, out)
		if out.Status == Failed && r.Passed {
			r.Passed, r.Exit = false, out.Exit
		}
		if o.Ended != nil {
			o.Ended(&out)
		}
	}
	return r, nil
}

// run runs the step and fills in its outcome.
func (s Step) run(ctx context.Context, out *Outcome, o Options) {
	start := time.Now()
	report, err := s.Run(ctx)
	out.Seconds = time.Since(start).Seconds()
	switch {
	case err == nil && report.Skipped != "":
		out.Status, out.Reason = Skipped, report.Skipped
		return
	case err != nil:
		report = &finding.Report{Check: s.Name, Root: cmp.Or(s.Dir, o.Dir)}
		report.Add(Fault(s.Name+"-error", err))
	}
	report.Sort()
	out.Status = Passed
	if report.Fails() {
		out.Status = Failed
	}
	out.Counts = report.Counts
	for _, f := range report.Findings {
		f.File = relative(o.Root, report.Root, f.File)
		out.Findings = append(out.Findings, f)
	}
}

// Fault returns an error as a finding of the highest severity.
func Fault(rule string, err error) finding.Finding {
	f := finding.Finding{Rule: rule, Severity: finding.High, Message: err.Error()}
	if e, ok := err.(*diag.Error); ok {
		f.File, f.Line, f.Message, f.Hint = e.Pos.File, e.Pos.Line, e.Msg, e.Hint
	}
	return f
}
