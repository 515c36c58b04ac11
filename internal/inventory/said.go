package inventory

import (
	"regexp"
	"strings"

	"golang.org/x/mod/module"
)

// What can be missing of a module, beside its files.
const (
	SumLine  = "sum"    // the line of go.sum for it, or for its go.mod
	SumWrong = "hash"   // the right hash in go.sum
	Whole    = "module" // something of it: the go command does not say what
)

// A saidMissing is a module version of which the go command says that something
// is missing.
type saidMissing struct {
	mod  module.Version
	what string // SumLine, SumWrong or Whole
}

var moduleVersion = regexp.MustCompile(`([^\s:@"'(]+)@(v[0-9][^\s:,;")]*)`)

// noSum is what the go command says of a module that go.sum has only the go.mod of
// (cmd/go/internal/modload.ImportMissingError).
var noSum = regexp.MustCompile(`missing go.sum entry for module providing package (\S+)`)

// parseSaid reads what go commands say that have no network: the module versions
// that they miss, which provider may find by a package, and for the rest a line
// each. Lines that begin with a tab go on
// with what stands above them: mostly what to type.
func parseSaid(text string, provider func(pkg string) (module.Version, bool)) (missing []saidMissing, problems []string) {
	isChain := false // of modules, of which the last misses something
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasSuffix(line, " requires") {
			isChain = true
			continue
		}
		if isChain {
			line, isChain = strings.TrimSpace(line), false
		}
		if line == "SECURITY ERROR" {
			break // what follows is an explanation
		}
		if line == "" || strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "go: downloading ") || strings.HasPrefix(line, "go: warning: ") {
			continue
		}
		line = strings.TrimPrefix(line, "go: ")
		m, ok := lastModule(line)
		if words := noSum.FindStringSubmatch(line); words != nil && !ok {
			m, ok = provider(words[1])
		}
		if ok {
			missing = append(missing, saidMissing{m, whatLacks(line)})
			continue
		}
		for _, end := range []string{"; to add", "; try '", "; run '"} {
			line, _, _ = strings.Cut(line, end)
		}
		problems = append(problems, strings.TrimSuffix(line, ":"))
	}
	return missing, problems
}

// whatLacks returns what the line says of a module.
func whatLacks(line string) string {
	switch {
	case strings.Contains(line, "missing go.sum entry"):
		return SumLine
	case strings.Contains(line, "checksum mismatch"):
		return SumWrong
	}
	return Whole
}

// lastModule returns the last module version that the line names: before it may
// stand those that require it.
func lastModule(line string) (module.Version, bool) {
	all := moduleVersion.FindAllStringSubmatch(line, -1)
	if len(all) == 0 {
		return module.Version{}, false
	}
	last := all[len(all)-1]
	m := module.Version{Path: last[1], Version: strings.TrimSuffix(last[2], "/go.mod")}
	return m, module.Check(m.Path, m.Version) == nil
}
