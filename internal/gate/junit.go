package gate

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
)

// The elements of JUnit's XML that GitLab and the readers for GitHub and
// Jenkins know: a test case is a step, so that their names stay from run to run.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		junitCounts
		Suites []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		junitCounts
		Cases []junitCase `xml:"testcase"`
	}
	junitCounts struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Time     string `xml:"time,attr"` // seconds
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
		Skipped *junitSkipped `xml:"skipped"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// suitesName is how the name of all that a report has begins.
const suitesName = "goshim ci gate"

// WriteJUnit writes the result as JUnit's XML.
func WriteJUnit(w io.Writer, r *Result) error {
	counts := junitCounts{Name: suitesName, Tests: len(r.Steps)}
	if r.Environment != "" {
		counts.Name += " --env " + r.Environment
	}
	var seconds float64
	var cases []junitCase
	for _, s := range r.Steps {
		seconds += s.Seconds
		c := junitCase{Name: s.Name(), Class: "goshim.gate", Time: junitTime(s.Seconds)}
		switch s.Status {
		case Failed:
			counts.Failures++
			c.File, _ = place(s.Findings[0])
			c.Failure = &junitFailure{Message: headline(s.Findings), Type: s.Findings[0].Rule, Text: lines(s.Findings)}
		case Skipped, NotRun:
			counts.Skipped++
			c.Skipped = &junitSkipped{s.Status.String() + ": " + s.Reason}
		default:
			c.Out = lines(s.Findings)
		}
		cases = append(cases, c)
	}
	counts.Time = junitTime(seconds)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(junitSuites{junitCounts: counts, Suites: []junitSuite{{counts, cases}}}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junitTime(seconds float64) string { return fmt.Sprintf("%.3f", seconds) }

// headline returns the worst of some findings, and how many more there are.
func headline(all []finding.Finding) string {
	line := Line(all[0])
	if n := len(all) - 1; n > 0 {
		line += fmt.Sprintf(" (and %d more)", n)
	}
	return line
}

// lines returns findings and hints, a line each.
func lines(all []finding.Finding) string {
	var b strings.Builder
	for _, f := range all {
		b.WriteString(f.Severity.String() + ": " + Line(f) + "\n")
		if f.Hint != "" {
			b.WriteString("\thint: " + f.Hint + "\n")
		}
	}
	return b.String()
}

// Line returns where something is and what it is, without a hint. The message of
// a compiler may have several lines; a file's name never makes one.
func Line(f finding.Finding) string {
	where := diag.Printable(cmp.Or(f.File, f.Module))
	switch {
	case where == "":
		return f.Message
	case f.File != "" && f.Line > 0:
		where += ":" + strconv.Itoa(f.Line)
	}
	return where + ": " + f.Message
}
