package buildwarm

import (
	"bytes"
	"fmt"
	"strings"
)

// An output reads what a go command writes to standard error: below "# path",
// what is wrong with a package. What concerns those of the main modules comes
// from their refusal.
type output struct {
	main   map[string]bool // the packages of the main modules
	failed []Failure
	rest   []byte // of an unfinished line
	in     string // the package that the lines are about, "" if none
}

func (o *output) Write(p []byte) (int, error) {
	o.rest = append(o.rest, p...)
	for {
		line, rest, ok := bytes.Cut(o.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		o.rest = rest
		o.line(string(bytes.TrimRight(line, "\r")))
	}
}

// flush takes what the command wrote without a line end.
func (o *output) flush() {
	if len(o.rest) > 0 {
		o.line(string(o.rest))
		o.rest = nil
	}
}

func (o *output) line(line string) {
	path, _, isFault := strings.Cut(line, ": ")
	header, isHeader := strings.CutPrefix(line, "# ")
	switch {
	case isFault && o.main[withoutVariant(path)]:
		o.in = ""
	case isHeader:
		o.in = withoutVariant(header)
	case o.main[o.in] || strings.TrimSpace(line) == "":
	default:
		o.fault(line)
	}
}

// fault notes a line about what is wrong.
func (o *output) fault(line string) {
	if last := len(o.failed) - 1; last >= 0 && o.failed[last].Package == o.in {
		o.failed[last].Text += "\n" + line
		return
	}
	o.failed = append(o.failed, Failure{o.in, line})
}

// String describes the work in a line, and each failure in another.
func (f Filled) String() string {
	names := "go " + strings.Join(f.Commands, " and go ")
	if f.Error != "" {
		return names + ": not prepared: " + firstLine(f.Error) + "\n"
	}
	text := fmt.Sprintf("%s: %d packages are ready, %d of them new\n", names, f.Packages, f.New)
	for _, failure := range f.Failed {
		line := firstLine(failure.Text)
		if failure.Package != "" {
			line = failure.Package + ": " + line
		}
		text += "  not " + line + "\n"
	}
	return text
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
