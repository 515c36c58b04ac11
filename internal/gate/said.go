package gate

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/finding"
)

// maxSaid is how many findings are made of what one go command says.
const maxSaid = 1000

// placed matches a line about a place in a file, as compilers and goshim write
// it: FILE:LINE:COLUMN: MESSAGE, where the column may be left out. A file has a
// dot in its name, or else "dial tcp 192.0.2.1:443: …" would be one.
var placed = regexp.MustCompile(`^((?:[A-Za-z]:[\\/])?[^:\t]*\.[A-Za-z][^:/\\\t]*):(\d+)(?::\d+)?: (.+)$`)

// parse returns what a go command that failed, or the shim before it, has
// written to standard error as findings. A line that is indented belongs to the
// one before it; one that has no place, as the linker's, to the package that the
// last line with # names.
func parse(verb, stderr string) []finding.Finding {
	var all []finding.Finding
	pkg := ""
	for line := range strings.Lines(stderr) {
		line = strings.TrimRight(line, "\r\n")
		last := len(all) - 1
		switch hint, isHint := strings.CutPrefix(line, "goshim: hint: "); {
		case strings.HasPrefix(line, "# "):
			pkg = line[len("# "):]
		case line == "" || strings.HasPrefix(line, "go: downloading "):
		case isHint && last >= 0:
			all[last].Hint = hint
		case last >= 0 && (line[0] == '\t' || line[0] == ' '):
			all[last].Message += "\n" + line
		case len(all) < maxSaid:
			f := said(verb, line)
			if f.File == "" && pkg != "" {
				f.Message = pkg + ": " + f.Message
			}
			all = append(all, f)
		}
	}
	return all
}

// said returns one line as a finding.
func said(verb, line string) finding.Finding {
	f := finding.Finding{Rule: verb + "-failed", Severity: finding.High}
	rest, refused := strings.CutPrefix(line, "goshim: ")
	if refused {
		f.Rule = verb + "-refused"
	}
	if m := placed.FindStringSubmatch(rest); m != nil {
		if n, err := strconv.Atoi(m[2]); err == nil && n > 0 {
			f.File, f.Line, rest = m[1], n, m[3]
		}
	}
	f.Message = rest
	return f
}
