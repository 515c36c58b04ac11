// Package finding is what the checks of integrity find: files, modules and
// lines that are not what they should be. Every check returns a [Report], so
// that the commands, the shim and the gate of a CI tell of all of them in one
// way.
package finding

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
)

// A Severity says how bad a finding is.
type Severity int

const (
	// Low is worth knowing. No check fails by it: a replaced directory that
	// go.sum cannot have a hash of, for example.
	Low Severity = iota

	// Medium is out of date, and the command that makes it anew mends it:
	// vendor/ after go mod tidy, for example.
	Medium

	// High was changed by hand, or is not what go.sum says.
	High
)

var names = []string{"low", "medium", "high"}

func (s Severity) String() string { return names[s] }

// MarshalText returns the severity's name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(names[s]), nil }

// UnmarshalText is the inverse of MarshalText.
func (s *Severity) UnmarshalText(text []byte) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return fmt.Errorf("%q is no severity", text)
	}
	*s = Severity(i)
	return nil
}

// A Finding is one thing that is wrong.
type Finding struct {
	Rule     string   `json:"rule"` // which kind it is, for programs: "vendor-edited"
	Severity Severity `json:"severity"`
	Module   string   `json:"module,omitempty"` // as path@version
	File     string   `json:"file,omitempty"`   // with slashes, from the report's Root, or absolute if it is not below
	Line     int      `json:"line,omitempty"`   // in File, from 1
	Message  string   `json:"message"`          // what is wrong, without the file's name
	Hint     string   `json:"hint,omitempty"`   // the way out
}

// String returns the finding as a line: where, and what is wrong.
func (f Finding) String() string {
	where := cmp.Or(f.File, f.Module)
	if f.File != "" && f.Line > 0 {
		where += ":" + strconv.Itoa(f.Line)
	}
	if where != "" {
		where += ": "
	}
	if f.Severity == Low {
		where += "note: "
	}
	return diag.Printable(where + f.Message)
}

// A Count is how many of something were looked at.
type Count struct {
	What string `json:"what"` // in the singular: "file"
	N    int    `json:"n"`
}

// String returns the count as it is told: "1 file", "2 files".
func (c Count) String() string { return diag.Count(c.N, c.What) }

// A Report is what a check has found.
type Report struct {
	Check    string    `json:"check"`             // its name: "vendor", "modcache", "gosum", "git-clean"
	Root     string    `json:"root"`              // absolute path of the directory that files are named from
	Counts   []Count   `json:"counts,omitempty"`  // of what was looked at, in the order to be told
	Skipped  string    `json:"skipped,omitempty"` // why nothing was looked at, "" if something was
	Findings []Finding `json:"findings"`
}

// Skip returns the report of a check that has nothing to look at, and why.
func Skip(check, why string) *Report { return &Report{Check: check, Skipped: why} }

// Name returns how the report names the file with the given absolute path.
func (r *Report) Name(path string) string {
	if rel, err := filepath.Rel(r.Root, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return path
}

// Line returns a finding of the report for people: a file that does not lie below
// Root is named as seen from there if that is shorter, such as ../.gitignore.
func (r *Report) Line(f Finding) string {
	f.File = filepath.ToSlash(diag.Short(r.Root, filepath.FromSlash(f.File)))
	return f.String()
}

// Add adds a finding.
func (r *Report) Add(f Finding) { r.Findings = append(r.Findings, f) }

// Fails reports whether one of the findings is more than worth knowing.
func (r *Report) Fails() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity > Low })
}

// Worst returns the highest severity, Low if nothing was found.
func (r *Report) Worst() Severity {
	worst := Low
	for _, f := range r.Findings {
		worst = max(worst, f.Severity)
	}
	return worst
}

// Sort sorts the findings: the worst first, then by file, line, module and rule.
// None at all are an empty list, as JSON has it.
func (r *Report) Sort() {
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Module, b.Module), cmp.Compare(a.Rule, b.Rule),
		)
	})
}

// Summary returns what was looked at, and how many findings there are of each
// severity: "vendor: 5123 files, 214 modules: 1 high finding, 2 notes"; or why
// nothing was.
func (r *Report) Summary() string {
	if r.Skipped != "" {
		return r.Check + ": skipped: " + diag.Printable(r.Skipped)
	}
	parts := []string{r.Check}
	if len(r.Counts) > 0 {
		parts = append(parts, join(r.Counts))
	}
	return strings.Join(append(parts, r.Found()), ": ")
}

// Found returns how many findings there are of each severity, the worst first,
// or that all is in order.
func (r *Report) Found() string {
	parts := []string{"in order"}
	if r.Fails() {
		parts = []string{r.Failures()}
	}
	if notes := r.count(Low); notes > 0 {
		parts = append(parts, Count{"note", notes}.String())
	}
	return strings.Join(parts, ", ")
}

// Failures returns how many findings there are of each severity by which the
// check fails, the worst first.
func (r *Report) Failures() string {
	var counts []Count
	for s := High; s > Low; s-- {
		if n := r.count(s); n > 0 {
			counts = append(counts, Count{s.String() + " finding", n})
		}
	}
	return join(counts)
}

func (r *Report) count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

func join(counts []Count) string {
	parts := make([]string, len(counts))
	for i, c := range counts {
		parts[i] = c.String()
	}
	return strings.Join(parts, ", ")
}
