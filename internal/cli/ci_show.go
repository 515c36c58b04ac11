package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gate"
)

// A gateShow tells how a gate goes, for people and for the server of a CI.
type gateShow struct {
	app      *App
	w        io.Writer
	annotate string // "github", "gitlab", "none"
	module   string // whose steps are shown, of a workspace
	modules  int    // how many of them are shown so far
	status   *statusLine
	resume   func() // ends what keeps GitHub from reading text as commands
}

func newGateShow(a *App, flags gateFlags) *gateShow {
	s := &gateShow{app: a, w: a.Stdout, annotate: flags.annotate, status: newStatusLine(a.Stderr), resume: func() {}}
	if flags.reports.toStdout() {
		s.w = a.Stderr
	}
	if s.annotate == "auto" {
		s.annotate = a.ciServer()
	}
	if s.annotate == "github" {
		s.resume = gate.StopCommands(s.w)
	}
	return s
}

// ciServer returns which server runs this job, by the variables that it sets.
func (a *App) ciServer() string {
	switch {
	case a.getenv("GITHUB_ACTIONS") == "true":
		return "github"
	case a.getenv("GITLAB_CI") == "true":
		return "gitlab"
	}
	return "none"
}

// say writes a line about the whole gate.
func (s *gateShow) say(line string) { fmt.Fprintf(s.w, "%s\n", diag.Printable(line)) }

// head writes the path of a module above the first of its steps.
func (s *gateShow) head(module string) {
	if module != s.module {
		s.module = module
		s.modules++
		s.say(module)
	}
}

// section returns the name of a step's section, which a log has only once.
func (s *gateShow) section(step string) string {
	if s.modules == 0 {
		return step
	}
	return step + "_" + strconv.Itoa(s.modules)
}

func (s *gateShow) began(of gate.Step) {
	s.head(of.Module)
	step := of.Name
	if s.annotate == "gitlab" {
		gate.OpenSection(s.w, s.section(step), time.Now())
	}
	s.status.show(step + " …")
}

func (s *gateShow) ended(o *gate.Outcome) {
	s.status.clear()
	s.head(o.Module)
	fmt.Fprintf(s.w, "%s\n", gateLine(o))
	for i, f := range o.Findings {
		if i == maxShown {
			fmt.Fprintf(s.w, "  … %s; --json writes all\n", count(len(o.Findings)-maxShown, "more finding"))
			break
		}
		s.printFinding(gate.Line(f), f.Severity.String(), f.Hint)
	}
	if s.annotate == "gitlab" && o.Status != gate.NotRun {
		gate.CloseSection(s.w, s.section(o.Step), time.Now())
	}
}

// gateLine returns a step as one line: its name, how it ended, the time it took
// and what it looked at, or why it did not.
func gateLine(o *gate.Outcome) string {
	text := o.Reason
	if o.Status == gate.Passed || o.Status == gate.Failed {
		var looked []string
		for _, c := range o.Counts {
			looked = append(looked, c.String())
		}
		text = strings.TrimRight(fmt.Sprintf("%7.2fs  %s", o.Seconds, strings.Join(looked, ", ")), " ")
	}
	return fmt.Sprintf("%-9s  %-7s  %s", o.Step, o.Status, diag.Printable(text))
}

// printFinding prints a finding below its step. What a compiler says may have
// several lines.
func (s *gateShow) printFinding(text, severity, hint string) {
	lines := strings.Split(text, "\n")
	lines[0] = severity + ": " + lines[0]
	for i, line := range lines {
		line = diag.Printable(strings.ReplaceAll(line, "\t", "    "))
		if i > 0 {
			line = "  " + line
		}
		fmt.Fprintf(s.w, "  %s\n", line)
	}
	if hint != "" {
		fmt.Fprintf(s.w, "  \thint: %s\n", diag.Printable(hint))
	}
}

// close clears what shows the state of a gate that ends, and lets GitHub read
// commands again. It may be called twice.
func (s *gateShow) close() {
	s.status.clear()
	s.resume()
	s.resume = func() {}
}

// end prints the result, and what the server shows of it at other places.
func (s *gateShow) end(r *gate.Result) {
	n := make(map[gate.Status]int)
	for _, o := range r.Steps {
		n[o.Status]++
	}
	if failed := r.Failed(); failed != nil {
		fmt.Fprintf(s.w, "the gate is not passed: %s failed (status %d)\n", diag.Printable(failed.Name()), r.Exit)
	} else {
		fmt.Fprintf(s.w, "the gate is passed: %s, %d skipped\n", count(n[gate.Passed], "step"), n[gate.Skipped])
	}
	s.close()
	if s.annotate != "github" {
		return
	}
	gate.WriteAnnotations(s.w, r)
	if path := s.app.getenv("GITHUB_STEP_SUMMARY"); path != "" {
		if err := appendSummary(path, r); err != nil {
			s.app.warn("writing the summary of the job: " + err.Error())
		}
	}
}

func appendSummary(path string, r *gate.Result) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	if err := gate.WriteSummary(f, r); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
