package policy

import (
	"path"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/gocmd"
)

// A Class says how much a setting asks of the machine that a repository is
// cloned to, and so how much trust it needs.
type Class uint8

const (
	Narrows  Class = iota + 1 // class A: always applied
	Widens                    // class B: redirects or widens; the file must be trusted
	RunsCode                  // class C: the file must be trusted, and the user's or the system's policy must permit the setting
)

// String returns the class's letter.
func (c Class) String() string { return [...]string{"", "A", "B", "C"}[c] }

// judged are the variables of which nothing but their effect says what they are.
var judged = slices.Concat(choices, []string{
	"CGO_ENABLED", "GO111MODULE", "GOINSECURE", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "GOVCS", "GOWORK",
	"GOPRIVATE", "GONOPROXY", "GONOSUMDB",
	"GOCACHE", "GOMODCACHE", "GOPATH", "GOBIN", "GOTMPDIR", "GOEXPERIMENT", "GOFIPS140",
})

// classOfVar returns the class of a variable, whatever holds above. What is not
// known runs code: the go command, the C compiler, git and the linker read more
// variables than any list holds.
func classOfVar(v Var) Class {
	switch {
	case v.Name == "GOFLAGS":
		return classOfGOFLAGS(v)
	case slices.Contains(judged, v.Name):
		return Narrows
	}
	return RunsCode
}

// classOfGOFLAGS returns the class of what is done to GOFLAGS. The flags of the
// tools widen there, because commands for other modules see them.
func classOfGOFLAGS(v Var) Class {
	words, err := gocmd.SplitGOFLAGS(v.Value)
	if err != nil {
		return RunsCode
	}
	class := Narrows
	for _, w := range words {
		name, _, _ := gocmd.CutFlag(w)
		if strings.HasSuffix(name, "flags") {
			class = max(class, Widens)
		}
		class = max(class, classOfFlag("", w))
	}
	return class
}

// classOfFlag returns the class of a flag as written, -name or -name=value, of a
// command, or in GOFLAGS. As with variables, what is not known runs code: -toolexec,
// -exec, -vettool, but also -overlay, which puts any file in the place of another.
// What makes a command answer in another form, or do nothing, widens: scripts
// believe the answer.
func classOfFlag(command, word string) Class {
	name, value, _ := gocmd.CutFlag(word)
	if command == "vet" && gocmd.Lookup(command).IsAnalyzer(name) {
		return Narrows
	}
	switch name {
	case "a", "asan", "benchmem", "benchtime", "bench", "buildmode", "buildvcs", "count", "cover", "covermode",
		"coverpkg", "cpu", "failfast", "fullpath", "fuzztime", "fuzzminimizetime",
		"msan", "mod", "p", "parallel", "race", "run", "short", "shuffle", "skip", "tags",
		"timeout", "trimpath", "v", "vet", "work", "x":
		return Narrows
	case "changed", "compiled", "deps", "diff", "e", "export", "find", "json", "m", "n", "retracted", "t", "test", "versions":
		return Widens
	case "pgo":
		if value == "auto" || value == "off" || insideRepository(value) {
			return Narrows
		}
	case "ldflags":
		return classOfToolFlags(value, linkerFlags)
	case "gcflags":
		return classOfToolFlags(value, compilerFlags)
	case "modcacherw", "insecure", "u", "o", "pkgdir", "installsuffix":
		return Widens
	}
	return RunsCode
}

var (
	linkerFlags   = []string{"-s", "-w", "-X"}
	compilerFlags = []string{"-N", "-l", "-m", "-B", "-C", "-e", "-h", "-S"}
)

// classOfToolFlags returns the class of the value of -ldflags or -gcflags.
// The linker runs what -extld names, and the compiler writes where -asmhdr
// says; only words that are a flag known to do neither are harmless, and of
// the flags only -X takes the next word for its value.
func classOfToolFlags(value string, harmless []string) Class {
	_, flags, ok := gocmd.CutPattern(value)
	words, err := gocmd.SplitQuoted(flags)
	if !ok || err != nil {
		return RunsCode
	}
	for i := 0; i < len(words); i++ {
		name, value, joined := strings.Cut(words[i], "=")
		name = "-" + strings.TrimPrefix(strings.TrimPrefix(name, "-"), "-")
		if !strings.HasPrefix(words[i], "-") || !slices.Contains(harmless, name) {
			return RunsCode
		}
		if name != "-X" {
			continue
		}
		if !joined {
			if i++; i == len(words) {
				return RunsCode
			}
			value = words[i]
		}
		if variable, _, ok := strings.Cut(value, "="); !ok || variable == "" || strings.ContainsAny(variable[:1], "-@") {
			return RunsCode
		}
	}
	return Narrows
}

// insideRepository reports whether the relative path p, in the slash or the
// system's own form, stays below the directory that it is relative to.
func insideRepository(p string) bool {
	p = strings.ReplaceAll(p, `\`, "/")
	if p == "" || path.IsAbs(p) || strings.Contains(p, ":") {
		return false
	}
	p = path.Clean(p)
	return p != ".." && !strings.HasPrefix(p, "../")
}
