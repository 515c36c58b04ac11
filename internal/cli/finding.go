package cli

import (
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
)

// maxShown is how many findings of a report people are shown. Programs get all.
const maxShown = 50

// showReport prints a report, as JSON or for people, and returns the end of the
// command: an error if the check fails.
func (a *App) showReport(r *finding.Report, asJSON bool) error {
	r.Sort()
	if asJSON {
		if r.Findings == nil {
			r.Findings = []finding.Finding{}
		}
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
		b.WriteString(diag.Printable(findingLine(f)) + "\n")
	}
	if hint != "" {
		b.WriteString("\thint: " + diag.Printable(hint) + "\n")
	}
	b.WriteString(reportSummary(r) + "\n")
	return b.String()
}

// findingLine returns a finding as one line.
func findingLine(f finding.Finding) string {
	where := diag.Pos{File: f.File, Line: f.Line}.String()
	if where == "" {
		where = f.Module
	}
	if where != "" {
		where += ": "
	}
	mark := ""
	if f.Severity == finding.Low {
		mark = "note: "
	}
	return where + mark + f.Message
}

// reportSummary returns what was looked at, and how many findings there are of
// each severity: "vendor: 5123 files, 214 modules: 1 high, 2 medium".
func reportSummary(r *finding.Report) string {
	var looked, found []string
	for _, c := range r.Counts {
		looked = append(looked, count(c.N, c.What))
	}
	n := make(map[finding.Severity]int)
	for _, f := range r.Findings {
		n[f.Severity]++
	}
	for s := finding.High; s >= finding.Low; s-- {
		switch {
		case n[s] == 0:
		case s == finding.Low:
			found = append(found, count(n[s], "note"))
		default:
			found = append(found, count(n[s], s.String()+" finding"))
		}
	}
	if !r.Fails() {
		found = append([]string{"in order"}, found...)
	}
	parts := []string{r.Check}
	if len(looked) > 0 {
		parts = append(parts, strings.Join(looked, ", "))
	}
	return strings.Join(append(parts, strings.Join(found, ", ")), ": ")
}
