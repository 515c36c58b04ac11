package gate

import (
	"fmt"
	"io"
	"time"

	"github.com/goshim/goshim/internal/finding"
)

// A qualityIssue is an element of GitLab's code quality report.
type qualityIssue struct {
	Description string          `json:"description"`
	Check       string          `json:"check_name"`
	Fingerprint string          `json:"fingerprint"`
	Severity    string          `json:"severity"`
	Location    qualityLocation `json:"location"`
}

type qualityLocation struct {
	Path  string       `json:"path"`
	Lines qualityLines `json:"lines"`
}

type qualityLines struct {
	Begin int `json:"begin"`
}

var qualitySeverities = map[finding.Severity]string{finding.Low: "info", finding.Medium: "major", finding.High: "critical"}

// WriteCodeQuality writes the findings of all steps as the report that GitLab
// shows in merge requests. GitLab passes over a fingerprint that it has seen.
func WriteCodeQuality(w io.Writer, r *Result) error {
	issues, seen := []qualityIssue{}, make(fingerprints)
	for _, s := range r.Steps {
		for _, f := range s.Findings {
			file, line := place(f)
			issues = append(issues, qualityIssue{
				Description: s.Name() + ": " + text(f), Check: f.Rule, Fingerprint: seen.of(f),
				Severity: qualitySeverities[f.Severity], Location: qualityLocation{file, qualityLines{line}},
			})
		}
	}
	return writeJSON(w, issues)
}

// OpenSection and CloseSection are the marks in the log of a GitLab job between
// which it shows what a step writes as a section.
func OpenSection(w io.Writer, step string, now time.Time) {
	fmt.Fprintf(w, "\x1b[0Ksection_start:%d:goshim_%s\r\x1b[0Kgoshim: %[2]s\n", now.Unix(), step)
}

// CloseSection ends what OpenSection began.
func CloseSection(w io.Writer, step string, now time.Time) {
	fmt.Fprintf(w, "\x1b[0Ksection_end:%d:goshim_%s\r\x1b[0K\n", now.Unix(), step)
}
