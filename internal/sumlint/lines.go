package sumlint

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gosum"
)

// emptyGoMod is the hash of an empty go.mod, which go commands before 1.12 wrote
// for what is no module (modfetch.emptyGoModHash).
const emptyGoMod = "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY="

// A place is where a line stands.
type place struct {
	file string // as the report names it
	line int
	hash string
}

func (p place) String() string { return fmt.Sprintf("%s:%d", p.file, p.line) }

// lines checks each line, and each against the others.
func (c *check) lines() {
	first := make(map[module.Version]place)
	n := 0
	for _, f := range c.in.SumFiles {
		l := fileLint{check: c, file: c.report.Name(f.Path), first: first, seen: make(map[sum]int)}
		for line := range gosum.All(f.Data) {
			n++
			l.line(line)
		}
	}
	c.report.Counts = append(c.report.Counts, finding.Count{What: "line", N: n})
}

// A sum is what a line says.
type sum struct {
	module.Version
	hash string
}

// A fileLint is the checking of one file.
type fileLint struct {
	*check
	file  string
	first map[module.Version]place // of all files: where a thing has its first hash
	seen  map[sum]int              // of this file: the number of the line

	last               gosum.Line // the well-formed one before
	saysCRLF, saysSort bool
}

// tidies is the way out of what go mod tidy mends.
const tidies = "go mod tidy writes the file anew"

func (l *fileLint) add(line gosum.Line, rule string, severity finding.Severity, message, hint string) {
	f := finding.Finding{Rule: rule, Severity: severity, File: l.file, Line: line.N, Message: message, Hint: hint}
	if line.IsWell() {
		f.Module = line.Fields[0] + "@" + strings.TrimSuffix(line.Fields[1], "/go.mod")
	}
	l.report.Add(f)
}

// line checks one line.
func (l *fileLint) line(line gosum.Line) {
	if strings.HasSuffix(line.Text, "\r\n") && !l.saysCRLF {
		l.saysCRLF = true
		l.add(gosum.Line{N: line.N}, RuleCRLF, finding.Low, "lines end in CR LF; the go command takes them, and writes LF", "git config core.autocrlf, or .gitattributes: go.sum -text")
	}
	switch {
	case line.IsMarker():
		l.add(line, RuleConflictMarker, finding.High, "a conflict of git that is not resolved",
			"keep the lines of both sides, without the markers; then go mod tidy")
		return
	case !line.IsWell():
		l.add(line, RuleMalformed, finding.Medium, fmt.Sprintf("malformed line: %d fields instead of 3; go commands refuse the file", len(line.Fields)), tidies)
		return
	}
	l.order(line)
	if l.isTaken(line) {
		l.compare(line)
	}
}

// order notes the first line of a file that is not where the go command writes
// it.
func (l *fileLint) order(line gosum.Line) {
	if l.last.N > 0 && !l.saysSort && compare(l.last, line) > 0 {
		l.saysSort = true
		l.add(line, RuleUnsorted, finding.Low, "the lines are not in the go command's order from here on", tidies)
	}
	l.last = line
}

// compare orders lines as modfetch.tidyGoSum does, with [module.Sort].
func compare(a, b gosum.Line) int {
	if a.Fields[0] != b.Fields[0] {
		return strings.Compare(a.Fields[0], b.Fields[0])
	}
	versionA, fileA, _ := strings.Cut(a.Fields[1], "/")
	versionB, fileB, _ := strings.Cut(b.Fields[1], "/")
	return cmp.Or(semver.Compare(versionA, versionB), strings.Compare(versionA, versionB), strings.Compare(fileA, fileB), strings.Compare(a.Fields[2], b.Fields[2]))
}

// isTaken checks the three fields, and reports whether the go command can use
// the line.
func (l *fileLint) isTaken(line gosum.Line) bool {
	m, hash := line.Module(), line.Hash()
	m.Version = strings.TrimSuffix(m.Version, "/go.mod")
	algorithm, sum, ok := strings.Cut(hash, ":")
	data, err := base64.StdEncoding.DecodeString(sum)
	switch {
	case hash == emptyGoMod:
		l.add(line, RuleIgnored, finding.Low, "the hash of an empty go.mod, which the go command passes over", tidies)
	case module.CheckPath(m.Path) != nil:
		l.add(line, RuleMalformed, finding.Medium, fmt.Sprintf("%q is no module path", m.Path), tidies)
	case module.CanonicalVersion(m.Version) != m.Version:
		l.add(line, RuleMalformed, finding.Medium, fmt.Sprintf("%q is no version", line.Fields[1]), tidies)
	case !ok || algorithm != "h1":
		l.add(line, RuleAlgorithm, finding.Low, fmt.Sprintf("the go command knows no hash such as %q, and does not compare it", short(hash)), "remove the line; then go mod tidy")
	case err != nil || len(data) != 32:
		l.add(line, RuleMalformed, finding.High, fmt.Sprintf("%q is no hash of algorithm h1, so nothing can have it", short(hash)), "goshim sum diagnose "+m.String())
	default:
		return true
	}
	return false
}

// short returns the beginning of a text that may be long.
func short(text string) string {
	if len(text) > 60 {
		return text[:60] + "…"
	}
	return text
}

// compare compares a line with those before.
func (l *fileLint) compare(line gosum.Line) {
	m, hash := line.Module(), line.Hash()
	if old, ok := l.seen[sum{m, hash}]; ok {
		l.add(line, RuleDuplicate, finding.Low, "the same as line "+fmt.Sprint(old), tidies)
		return
	}
	l.seen[sum{m, hash}] = line.N
	first, ok := l.first[m]
	if !ok {
		l.first[m] = place{l.file, line.N, hash}
	} else if first.hash != hash {
		l.add(line, RuleConflict, finding.High,
			"another hash for "+m.Path+" "+m.Version+" than "+first.String()+" has; the go command takes the first",
			"goshim sum diagnose "+m.Path+"@"+strings.TrimSuffix(m.Version, "/go.mod"))
	}
}
