// Package gocmd knows the command line of the go command: which flags each
// command has, where their values, the packages and a program's own arguments
// begin and end, and how GOFLAGS is quoted.
//
// It reads an argument list as cmd/go would and can edit single words of it.
// It judges nothing: what it does not understand stays as it was typed, for the
// real go command to accept or to complain about. It reads no files and no
// environment, and is cheap enough to run before every go command.
package gocmd

import (
	"path/filepath"
	"strconv"
	"strings"
)

// A Command is a parsed argument list. It is not changed after Parse: edits
// such as Insert return a new one.
type Command struct {
	// Words are the command words: "build", "mod tidy". They are
	//   - "" if there is none, or a flag other than -C stands first;
	//   - as typed if there is no such command: "biuld", "mod tidi";
	//   - the group's name if nothing or a flag follows: "mod";
	//   - "help" also for "go mod help", which is "go help mod".
	Words string

	// Spec describes the command. It is nil if there is no such command;
	// then there are no Flags, and Args is all that follows Words.
	Spec *Spec

	// Chdir reports whether there is a -C flag, and Dir is its value. It may
	// stand before, between or right behind the command words; a -C anywhere
	// else is one of the Flags, and an error to all commands but doc.
	Chdir bool
	Dir   string

	// Flags are the flags in the order typed, without that -C.
	Flags []Flag

	// Args are the packages, queries or files: the arguments of the go
	// command itself. Those of "go tool" are the name of the tool at most.
	Args []string

	// ProgArgs are the arguments, if any, that run, test and tool hand on
	// untouched. For test they start behind -args or at the first word that
	// can be neither a flag nor a package; unknown flags before that point,
	// handed on too, are among the Flags.
	ProgArgs []string

	argv   []string
	insert int // index in argv behind the command words and -C
}

// A Flag is one occurrence of a flag in an argument list.
type Flag struct {
	Name     string // without dashes
	Value    string // "true" for a boolean that was given none
	HasValue bool   // whether a value was typed: -x=v or -x v
	Kind     Kind   // None if the command has no such flag
	Index    int    // of its first word in the argument list
	Width    int    // how many words it takes: 2 for -x v, otherwise 1
}

// Flag returns the value of the last occurrence of the named flag,
// which is the one that counts for all but flags that add up, such as -gcflags.
func (c *Command) Flag(name string) (value string, ok bool) {
	if i := c.Index(name); i >= 0 {
		return c.Flags[i].Value, true
	}
	return "", false
}

// Index returns the index in Flags of the last occurrence of the named flag,
// or -1 if there is none.
func (c *Command) Index(name string) int {
	for i := len(c.Flags) - 1; i >= 0; i-- {
		if c.Flags[i].Name == name {
			return i
		}
	}
	return -1
}

// Has reports whether the named flag was given.
func (c *Command) Has(name string) bool {
	return c.Index(name) >= 0
}

// Values returns the values of all occurrences of the named flag.
func (c *Command) Values(name string) []string {
	var values []string
	for _, f := range c.Flags {
		if f.Name == name {
			values = append(values, f.Value)
		}
	}
	return values
}

// Bool reports whether the named flag is set to a true value. It is false for
// the few other values of boolean flags, as in -buildvcs=auto or -json=Dir.
func (c *Command) Bool(name string) bool {
	value, _ := c.Flag(name)
	on, err := strconv.ParseBool(value)
	return err == nil && on
}

// With returns the command as it is meant where GOFLAGS has these words: those
// that are flags of the command stand before its own. It is for asking, not for
// edits: these flags have no place in the argument list.
func (c *Command) With(goflags []string) *Command {
	if c.Spec == nil || len(goflags) == 0 {
		return c
	}
	meant := *c
	meant.Flags = nil
	for _, word := range goflags {
		f, ok := cutFlag(word)
		if !ok {
			continue
		}
		if f.Kind = c.Spec.goflag(f.Name); f.Kind == None {
			continue
		}
		if f.Kind == Bool && !f.HasValue {
			f.Value = "true"
		}
		f.Index = -1
		meant.Flags = append(meant.Flags, f)
	}
	meant.Flags = append(meant.Flags, c.Flags...)
	return &meant
}

// AtVersion reports whether the command is a "go install" or "go run" of
// path@version, which ignores the module and the workspace around it
// (work/build.go, runInstall; run/run.go, shouldUseOutsideModuleMode).
func (c *Command) AtVersion() bool {
	switch c.Words {
	case "install":
		for _, arg := range c.Args {
			if isAtVersion(arg) {
				return true
			}
		}
	case "run":
		return len(c.Args) > 0 && isAtVersion(c.Args[0]) &&
			!strings.HasSuffix(c.Args[0], ".go") && !strings.HasPrefix(c.Args[0], "-")
	}
	return false
}

// Queries returns the arguments that name a version, such as "rsc.io/quote@latest",
// for the only commands that take them: get, install, run, mod download and list -m.
func (c *Command) Queries() []string {
	isQuery := isAtVersion
	switch c.Words {
	case "install":
	case "run":
		if !c.AtVersion() {
			return nil
		}
	case "get", "mod download":
		isQuery = hasVersion
	case "list":
		if !c.Bool("m") {
			return nil
		}
		isQuery = hasVersion
	default:
		return nil
	}
	var queries []string
	for _, arg := range c.Args {
		if isQuery(arg) {
			queries = append(queries, arg)
		}
	}
	return queries
}

func hasVersion(arg string) bool {
	return strings.Contains(arg, "@")
}

// isAtVersion tells path@version from a local path with an @ in it.
func isAtVersion(arg string) bool {
	return hasVersion(arg) && !strings.HasPrefix(arg, "./") && !strings.HasPrefix(arg, "../") &&
		!filepath.IsAbs(arg)
}

// AlwaysAnswers reports whether the command only tells or changes something
// about the go command itself. People reach for these when something is wrong,
// so they must work even if the policy of the repository cannot be read.
func (c *Command) AlwaysAnswers() bool {
	return c.Words == "env" || c.Untouched()
}

// Untouched reports whether the command must see the environment as the user
// left it. With changed variables, "go env -w" would warn of conflicts that are
// not the user's, "go bug" would report them, and none of these has a use for them.
func (c *Command) Untouched() bool {
	switch c.Words {
	case "", "bug", "help", "telemetry", "version":
		return true
	case "env":
		return c.Bool("w") || c.Bool("u")
	}
	return false
}

// MayUseNetwork reports whether the command fetches modules, or runs programs
// that may do what they like: what it has built, generators, the compilers and
// linkers of other languages, tools that flags and variables name. The rest
// prints, or edits a file; of "go list", which editors run all the time, only
// the fetching counts, and variables stop that.
func (c *Command) MayUseNetwork() bool {
	switch c.Words {
	case "build", "fix", "generate", "get", "install", "run", "test", "tool", "vet",
		"mod download", "mod graph", "mod tidy", "mod vendor", "mod verify", "mod why",
		"work sync", "work vendor":
		return true
	}
	return false
}
