package verify

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/filestate"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/interrupt"
	"github.com/goshim/goshim/shim"
)

// Before returns the hook Verify of [gorun.Hooks]: it makes the checks that the
// plan wants, and refuses the command if one fails. What is wrong is written to
// stderr, a line for each finding. What is in order is stamped, so that it is not
// read again until something changes.
func Before(stderr io.Writer) func(shim.Invocation, *shim.Plan) error {
	return func(inv shim.Invocation, plan *shim.Plan) error {
		target, _, err := gorun.TargetOf(inv, plan, plan.Verify.Subject)
		if err != nil {
			return err
		}
		if target == nil {
			return &diag.Error{
				Pos:  plan.Verify.Checks[0].Name.Pos,
				Msg:  "verify " + plan.Verify.Checks[0].Name.Value + ": no module of " + plan.Verify.Work + " is in force of this policy, so go " + plan.Command.Words + " does not run",
				Hint: "run it in the directory of a module",
			}
		}
		ctx, stop := interrupt.Context()
		defer stop()
		for _, c := range plan.Verify.Checks {
			if err := before(ctx, stderr, plan, target, c); err != nil {
				return err
			}
		}
		return nil
	}
}

func before(ctx context.Context, stderr io.Writer, plan *shim.Plan, target *shim.Target, c shim.Check) error {
	report, state, err := steady(func() (*Result, error) { return Check(ctx, target, c.Name.Value) })
	words := "go " + plan.Command.Words
	switch {
	case ctx.Err() != nil:
		return &diag.Error{Msg: "interrupted before " + words + ", while " + c.Name.Value + " was verified"}
	case err != nil:
		e := &diag.Error{Pos: c.Name.Pos, Msg: "verify " + c.Name.Value + ": " + err.Error()}
		if inner, ok := err.(*diag.Error); ok {
			e.Hint = inner.Hint
		}
		return e
	case report.Fails():
		return refusal(stderr, report, c, words)
	}
	c.Stamp.Write(state)
	return nil
}

// steady makes a check until nothing has changed while it was made, so that it
// does not pass what it has not seen. It returns the state for a stamp, or "" if
// a file is so young that it could change without showing it.
//
// What the check depends on is known only afterwards. If all of that is older
// than the check, or as it was after the check before, nothing has changed.
func steady(check func() (*Result, error)) (report *finding.Report, state string, err error) {
	var last string
	for range 4 {
		start := time.Now()
		r, err := check()
		if err != nil {
			return nil, "", err
		}
		if r.Report.Fails() || r.Inputs == nil {
			return r.Report, "", nil
		}
		state, settled := filestate.Of(r.Inputs, start)
		switch {
		case settled:
			return r.Report, state, nil
		case state == last:
			return r.Report, "", nil
		}
		last = state
	}
	return nil, "", &diag.Error{Msg: "files change again and again while they are checked", Hint: "run it again when nothing else writes them"}
}

// rarestFirst sorts findings of one severity so that what stands many times hides
// nothing: files that are added by the dozen, for example, the line of modules.txt
// that is gone.
func rarestFirst(all []finding.Finding) {
	n := make(map[string]int)
	for _, f := range all {
		n[f.Rule]++
	}
	slices.SortStableFunc(all, func(a, b finding.Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(n[a.Rule], n[b.Rule]))
	})
}

// maxLines is how many findings stand before a refusal.
const maxLines = 10

// refusal writes what a check has found, and returns the error that stops the
// command.
func refusal(stderr io.Writer, report *finding.Report, c shim.Check, words string) error {
	report.Sort()
	rarestFirst(report.Findings)
	n := 0
	for _, f := range report.Findings {
		if f.Severity == finding.Low {
			break // the worst come first
		}
		if n++; n <= maxLines {
			io.WriteString(stderr, "goshim: "+f.String()+"\n")
		}
	}
	if n > maxLines {
		fmt.Fprintf(stderr, "goshim: and %s, which goshim verify %s lists\n", diag.Count(n-maxLines, "more finding"), c.Name.Value)
	}
	e := &diag.Error{
		Pos: c.Name.Pos,
		Msg: "verify " + c.Name.Value + ": " + report.Failures() + ", so " + words + " does not run",
	}
	if hint := report.Findings[0].Hint; hint != "" {
		e.Hint = hint
	} else {
		e.Hint = "goshim verify " + c.Name.Value + " tells more"
	}
	return e
}
