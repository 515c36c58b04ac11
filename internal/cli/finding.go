package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
)

// maxShown is how many findings of a report people are shown. Programs get all.
const maxShown = 50

// checkCmd completes a command that makes one check: it gets the flags --env and
// --json, and shows what the check finds.
func (a *App) checkCmd(cmd *cobra.Command, check func(ctx context.Context, env string, args []string) (*finding.Report, error)) *cobra.Command {
	var env string
	var asJSON bool
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		ctx, stop := interruptible()
		defer stop()
		report, err := check(ctx, env, args)
		switch {
		case ctx.Err() != nil:
			return &diag.Error{Msg: "interrupted"}
		case err != nil:
			return err
		}
		return a.showReport(report, asJSON)
	}
	a.addEnvFlag(cmd, &env)
	addJSONFlag(cmd, &asJSON)
	return cmd
}

// showReport prints a report, as JSON or for people, and returns the end of the
// command: an error if the check fails.
func (a *App) showReport(r *finding.Report, asJSON bool) error {
	r.Sort()
	if asJSON {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else {
		a.printf("%s", reportText(r, maxShown))
	}
	if r.Fails() {
		return &foundError{}
	}
	return nil
}

// reportText returns a report for people: a line for each finding, at most max
// of them, and a summary.
func reportText(r *finding.Report, max int) string {
	var b strings.Builder
	hint := ""
	for i, f := range r.Findings {
		if i == max {
			b.WriteString("… " + count(len(r.Findings)-max, "more finding") + "; --json prints all\n")
			break
		}
		if f.Hint != hint && hint != "" {
			b.WriteString("\thint: " + diag.Printable(hint) + "\n")
		}
		hint = f.Hint
		b.WriteString(r.Line(f) + "\n")
	}
	if hint != "" {
		b.WriteString("\thint: " + diag.Printable(hint) + "\n")
	}
	b.WriteString(r.Summary() + "\n")
	return b.String()
}
