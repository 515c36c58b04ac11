package gocmd

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// SplitGOFLAGS splits a value of GOFLAGS into its flags, each of the form
// -name, --name, -name=value or --name=value, as base.InitGOFLAGS does.
// It does not check whether there are such flags; CheckGOFLAGS does.
func SplitGOFLAGS(s string) ([]string, error) {
	words, err := SplitQuoted(s)
	if err != nil {
		return nil, err
	}
	if err := checkShape(words); err != nil {
		return nil, err
	}
	return words, nil
}

// JoinGOFLAGS returns the value of GOFLAGS that SplitGOFLAGS splits into the
// given words. It fails for a word that is not a flag or holds both kinds of quotes.
func JoinGOFLAGS(words []string) (string, error) {
	if err := checkShape(words); err != nil {
		return "", err
	}
	return JoinQuoted(words)
}

func checkShape(words []string) error {
	for i, word := range words {
		if _, ok := cutFlag(word); !ok {
			return fmt.Errorf("non-flag %q in word %d", word, i+1)
		}
	}
	return nil
}

// CheckGOFLAGS reports why a word cannot be in GOFLAGS, or nil if it can.
// GOFLAGS is read by all commands. Those without such a flag skip it, if at
// least one has it, but those with it must find the right form of value; so
// -c fails in every "go vet" and -c=3 in every "go test" (base/goflags.go).
func CheckGOFLAGS(word string) error {
	f, ok := cutFlag(word)
	if !ok {
		return fmt.Errorf("non-flag %q", word)
	}
	if f.Name == "C" {
		return errors.New("-C must be first on the command line and cannot be in GOFLAGS")
	}
	known := false
	for i := range specs {
		s := &specs[i]
		switch s.goflag(f.Name) {
		case None:
			continue
		case Bool:
			if f.HasValue && !ValidBool(f.Name, f.Value) {
				return fmt.Errorf("invalid boolean value %q for -%s of go %s", f.Value, f.Name, s.Words)
			}
		case Value:
			if !f.HasValue {
				return fmt.Errorf("-%s of go %s needs a value: -%[1]s=value", f.Name, s.Words)
			}
		}
		known = true
	}
	if !known {
		return fmt.Errorf("unknown flag -%s", f.Name)
	}
	return nil
}

// CutFlag splits a word such as -name=value or --name into the name, without
// dashes, and the value. It expects a word that a go command accepts.
func CutFlag(word string) (name, value string, hasValue bool) {
	return strings.Cut(strings.TrimLeft(word, "-"), "=")
}

// LastFlag returns the value of the last flag of the name among the words of
// GOFLAGS or of a policy, which is the one that counts.
func LastFlag(words []string, name string) (value string, ok bool) {
	for _, word := range slices.Backward(words) {
		n, v, hasValue := CutFlag(word)
		if n == name {
			if !hasValue {
				v = "true"
			}
			return v, true
		}
	}
	return "", false
}

// ValidBool reports whether the named boolean flag takes the value.
func ValidBool(name, value string) bool {
	_, err := strconv.ParseBool(value)
	return err == nil || name == "buildvcs" && value == "auto"
}

// OneMeaning reports whether the named flag means the same in every command
// that has it, so that it is safe in GOFLAGS. The rest is not: -o names the
// output of build but the directory that mod vendor replaces, and -u makes
// env forget settings.
//
// Only work.AddBuildFlags and the functions called by it register these.
// Left out are -n and -x, which others register too, -toolexec, for it runs a
// program of its own, and the undocumented -debug-*.
func OneMeaning(name string) bool {
	return kindIn("a asan asmflags buildmode buildvcs compiler gccgoflags gcflags installsuffix"+
		" ldflags linkshared mod modcacherw modfile msan overlay p pgo pkgdir race tags"+
		" trimpath work", name) != None
}
