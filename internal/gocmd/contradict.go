package gocmd

import (
	"slices"
	"strconv"
	"strings"
)

// A pair is two flags that a command refuses to have both, or misreads. Of a flag
// with an equals sign, only a value other than the one behind it is meant.
type pair struct {
	words string // of the command; "" for all that have both
	a, b  string
}

// The pairs stand in this order in list.go, edit.go, vet.go, test.go, testflag.go
// and work/init.go of cmd/go. With -v, the output of tests loses the marks by
// which -json tells it from what the test prints, and results get lost.
var exclusive = []pair{
	{"list", "f", "json"},
	{"list", "m", "compiled"},
	{"list", "m", "deps"},
	{"list", "m", "export"},
	{"list", "m", "find"},
	{"list", "m", "test"},
	{"list", "find", "deps"},
	{"list", "find", "test"},
	{"list", "find", "export"},
	{"mod edit", "json", "print"},
	{"work edit", "json", "print"},
	{"fix", "json", "diff"},
	{"test", "fuzz", "coverprofile"},
	{"test", "fuzz", "blockprofile"},
	{"test", "fuzz", "cpuprofile"},
	{"test", "fuzz", "memprofile"},
	{"test", "fuzz", "mutexprofile"},
	{"test", "json", "v"},
	{"", "race", "msan"},
	{"", "race", "asan"},
	{"", "msan", "asan"},
	{"", "race", "covermode=atomic"},
}

// needs are flags that a command takes only beside another one.
var needs = []pair{
	{"list", "u", "m"},
	{"list", "versions", "m"},
	{"list", "reuse", "m"},
	{"vet", "diff", "fix"},
	{"mod download", "reuse", "json"},
}

// A FlagLookup returns the value of a flag that a command has.
type FlagLookup func(name string) (value string, ok bool)

// Contradiction returns the other flag that keeps the command from having this
// one, or "".
func (s *Spec) Contradiction(name, value string, flag FlagLookup) string {
	for _, p := range exclusive {
		if p.words != "" && p.words != s.Words {
			continue
		}
		for _, p := range [...]pair{p, {p.words, p.b, p.a}} {
			own, except, _ := strings.Cut(p.a, "=")
			if own == name && s.isOn(name, value, except) && s.has(p.b, flag) {
				other, _, _ := strings.Cut(p.b, "=")
				return other
			}
		}
	}
	return ""
}

// Needs returns the flag without which the command cannot have this one, if it
// lacks it, or "".
func (s *Spec) Needs(name, value string, flag FlagLookup) string {
	i := slices.IndexFunc(needs, func(p pair) bool { return p.words == s.Words && p.a == name })
	if i < 0 || !s.isOn(name, value, "") || s.has(needs[i].b, flag) {
		return ""
	}
	return needs[i].b
}

func (s *Spec) has(flag string, lookup FlagLookup) bool {
	name, except, _ := strings.Cut(flag, "=")
	value, ok := lookup(name)
	return ok && s.isOn(name, value, except)
}

// isOn reports whether a flag of the command has a value that counts: not false,
// empty or the one that is excepted.
func (s *Spec) isOn(name, value, except string) bool {
	on, err := strconv.ParseBool(value)
	return s.Flag(name) != None && value != "" && value != except && (on || err != nil)
}

// SanitizerFault returns why go cannot build for the system with -race, -msan or
// -asan, or "". The value of CGO_ENABLED may be "", and host says whether the
// system is the go command's own: for others, cgo is off then
// (cmd/go/internal/work.instrumentInit, internal/platform).
func SanitizerFault(name, goos, goarch, cgo string, host bool) string {
	var systems string
	switch name {
	case "race":
		systems = "linux/amd64 linux/arm64 linux/loong64 linux/ppc64le linux/riscv64 linux/s390x darwin/amd64 darwin/arm64 freebsd/amd64 netbsd/amd64 windows/amd64"
	case "msan":
		systems = "linux/amd64 linux/arm64 linux/loong64 freebsd/amd64"
	case "asan":
		systems = "linux/amd64 linux/arm64 linux/loong64 linux/ppc64le linux/riscv64"
	default:
		return ""
	}
	switch {
	case !slices.Contains(strings.Fields(systems), goos+"/"+goarch):
		return "not supported on " + goos + "/" + goarch
	case name == "race" && goos == "darwin":
		return ""
	case cgo == "0":
		return "CGO_ENABLED=0"
	case cgo == "" && !host:
		return "cgo is off in a build for " + goos + "/" + goarch
	}
	return ""
}
