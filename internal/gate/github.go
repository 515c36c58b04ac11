package gate

import (
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
)

// maxAnnotations is how many annotations of a level GitHub shows of one step of
// a job.
const maxAnnotations = 10

// StopCommands makes GitHub's runner take the lines that follow for text, until
// the function that it returns is called. Without it, a line that begins with a
// file's name or with what a compiler says could be a command to the runner,
// which trims lines before it looks. The word that ends it cannot be foreseen.
func StopCommands(w io.Writer) (resume func()) {
	token := rand.Text()
	fmt.Fprintf(w, "::stop-commands::%s\n", token)
	return func() { fmt.Fprintf(w, "::%s::\n", token) }
}

// WriteAnnotations writes the findings of all steps as the commands by which
// GitHub shows them at their lines: errors for what fails the gate, notices
// for the rest. There is one at least for a gate that is not passed.
func WriteAnnotations(w io.Writer, r *Result) {
	written := make(map[string]int)
	for _, s := range r.Steps {
		for _, f := range s.Findings {
			level := "error"
			if f.Severity == finding.Low {
				level = "notice"
			}
			if written[level]++; written[level] > maxAnnotations {
				continue
			}
			file, line := place(f)
			fmt.Fprintf(w, "::%s file=%s,line=%d,title=%s::%s\n",
				level, escapeProperty(diag.PrintableLines(file)), line, escapeProperty("goshim "+s.Name()), escapeData(diag.PrintableLines(text(f))))
		}
	}
}

// escapeData and escapeProperty are those of actions/toolkit's
// packages/core/src/command.ts.
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

// maxSummary is how many findings a summary has: GitHub takes 1 MiB of text.
const maxSummary = 50

// WriteSummary writes the result as Markdown, for the page of a GitHub job.
func WriteSummary(w io.Writer, r *Result) error {
	var b strings.Builder
	title := "passed"
	if failed := r.Failed(); failed != nil {
		title = fmt.Sprintf("failed at %s (exit status %d)", escapeMarkdown(failed.Name()), r.Exit)
	}
	fmt.Fprintf(&b, "### goshim ci gate: %s\n\n| step | | seconds | |\n|---|---|---|---|\n", title)
	shown := 0
	for _, s := range r.Steps {
		note := s.Reason
		if n := len(s.Findings); n > 0 {
			note = diag.Count(n, "finding")
		}
		fmt.Fprintf(&b, "| %s | %s | %.3f | %s |\n", escapeMarkdown(s.Name()), s.Status, s.Seconds, escapeMarkdown(note))
	}
	b.WriteString("\n")
	for _, s := range r.Steps {
		for _, f := range s.Findings {
			if shown++; shown <= maxSummary {
				fmt.Fprintf(&b, "- %s, %s: %s\n", escapeMarkdown(s.Name()), f.Severity, escapeMarkdown(Line(f)))
			}
		}
	}
	if shown > maxSummary {
		fmt.Fprintf(&b, "- … and %d more\n", shown-maxSummary)
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// escapeMarkdown returns text that Markdown shows as it is, on one line.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteByte(' ')
		case strings.ContainsRune("\\`*_{}[]<>()#+-!|~&@$:", r) && r != '-' && r != ':':
			fmt.Fprintf(&b, "&#%d;", r)
		case !unicode.IsPrint(r):
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
