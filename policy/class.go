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

func widens(String) Class { return Widens }

// Bundle begins an item of offline_sources that names a directory.
const Bundle = "bundle:"

// bundleWidens is the class of an item of offline_sources: what is in vendor/
// and in the module cache could be used anyway.
func bundleWidens(s String) Class {
	if strings.HasPrefix(s.Value, Bundle) {
		return Widens
	}
	return Narrows
}

// exceptFor returns the class function of a key of which one value narrows
// and all others widen.
func exceptFor(narrow string) func(String) Class {
	return func(s String) Class {
		if s.Value == narrow {
			return Narrows
		}
		return Widens
	}
}

// Current returns the effective value of a variable before any policy. Some
// settings narrow only if they take nothing of the user's away.
type Current func(name string) string

// classOfVar returns the class of a variable. What is not known runs code:
// the go command, the C compiler, git and the linker read more variables than
// any list holds.
func classOfVar(v Var, current Current) Class {
	switch v.Name {
	case "CGO_ENABLED":
		if v.Op != Unset && v.Value == "0" {
			return Narrows // fewer tools run
		}
		return Widens
	case "GO111MODULE":
		if v.Value == "on" {
			return Narrows
		}
		return Widens
	case "GOFLAGS":
		return classOfGOFLAGS(v, current)
	case "GOINSECURE":
		if v.Op == Unset {
			return Narrows
		}
		return Widens
	case "GOPROXY":
		return exceptFor("off")(String{Value: v.Value})
	case "GOSUMDB":
		return classOfSumdb(v.Value, current)
	case "GOTOOLCHAIN":
		return exceptFor("local")(String{Value: v.Value})
	case "GOVCS":
		return exceptFor("*:off")(String{Value: v.Value})
	case "GOWORK":
		return exceptFor("off")(String{Value: v.Value})
	case "GOOS", "GOARCH", "GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOWASM",
		"GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GOTRACEBACK":
		return Narrows // what is built, and how fast
	case "GOPRIVATE", "GONOPROXY", "GONOSUMDB",
		"GOCACHE", "GOMODCACHE", "GOPATH", "GOBIN", "GOTMPDIR", "GOEXPERIMENT", "GOFIPS140":
		return Widens
	}
	return RunsCode
}

// classOfSumdb returns the class of a checksum database. The public one narrows
// unless the user has another, which may know what the public one must not
// hear of.
func classOfSumdb(value string, current Current) Class {
	if user := current("GOSUMDB"); value == publicSumdb && (user == "" || user == publicSumdb) {
		return Narrows
	}
	return Widens
}

const publicSumdb = "sum.golang.org"

// classOfGOFLAGS returns the class of what is done to GOFLAGS. The flags of the
// tools widen there, because commands for other modules see them.
func classOfGOFLAGS(v Var, current Current) Class {
	if v.Op == Force || v.Op != Append && current("GOFLAGS") != "" {
		return Widens // takes the user's own flags away
	}
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
		class = max(class, classOfFlag(w))
	}
	return class
}

// classOfFlag returns the class of a flag as written, -name or -name=value.
// As with variables, what is not known runs code: -toolexec, -exec, -vettool,
// but also -overlay, which puts any file in the place of another.
func classOfFlag(word string) Class {
	name, value, _ := gocmd.CutFlag(word)
	switch name {
	case "a", "asan", "benchmem", "benchtime", "bench", "buildmode", "buildvcs", "compiled", "count", "cover", "covermode",
		"coverpkg", "cpu", "deps", "diff", "e", "export", "failfast", "find", "fullpath", "fuzztime", "fuzzminimizetime",
		"json", "msan", "mod", "n", "p", "parallel", "race", "run", "short", "shuffle", "skip", "t", "tags", "test",
		"timeout", "trimpath", "v", "vet", "work", "x":
		return Narrows
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
