package gocmd

import "strings"

// Kind says what a flag takes.
type Kind uint8

const (
	None  Kind = iota // not a flag of that command
	Bool              // -x or -x=true; never consumes the next word
	Value             // -x v or -x=v
)

// A Spec describes one go command that can be run, such as "build" or "mod tidy".
type Spec struct {
	Words string // the words behind "go"

	flags   string // flags of the command's base.Command.Flag, the ones that GOFLAGS may set
	passed  string // more of these, which "go test" also knows as -test.name
	late    string // flags that the command first learns when it runs, unknown to GOFLAGS
	applied string // if not empty, the only shared flags that have an effect
}

// Lookup returns the Spec of the command with those words, such as "mod tidy",
// or nil if there is none. The groups "mod" and "work" have no Spec.
func Lookup(words string) *Spec {
	for i := range specs {
		if specs[i].Words == words {
			return &specs[i]
		}
	}
	return nil
}

// Specs returns all commands, sorted by their words.
func Specs() []*Spec {
	all := make([]*Spec, len(specs))
	for i := range specs {
		all[i] = &specs[i]
	}
	return all
}

// Flag returns the kind of the named flag, given without dashes.
//
// For vet and fix these are the flags of the default tool. Another one, chosen
// by -vettool or -fixtool, may have flags that are None here.
func (s *Spec) Flag(name string) Kind {
	if kind := s.goflag(name); kind != None {
		return kind
	}
	return kindIn(s.late, name)
}

// goflag is Flag for a word of GOFLAGS, which is read before a command
// registers its late flags.
func (s *Spec) goflag(name string) Kind {
	if kind := kindIn(s.flags, name); kind != None {
		return kind
	}
	return kindIn(s.passed, strings.TrimPrefix(name, "test."))
}

// Applies reports whether the command has the named flag and acts on it. Many
// accept more of the shared build flags than they have a use for: "go get"
// ignores -ldflags, and "go fmt" does not mind -mod=vendr.
//
// It speaks for "go tool" of a module's tool, as a built-in one ignores them
// all. "go mod edit" reads -overlay, but never a go.mod replaced by it.
func (s *Spec) Applies(name string) bool {
	return s.Flag(name) != None &&
		(s.applied == "" || kindIn(sharedFlags, name) == None || kindIn(s.applied, name) != None)
}

// kindIn looks up name in a list of flags such as "n tags= x",
// in which the equals sign marks those that need a value.
func kindIn(list, name string) Kind {
	for list != "" {
		var word string
		word, list, _ = strings.Cut(list, " ")
		if flag, ok := strings.CutSuffix(word, "="); flag == name {
			if ok {
				return Value
			}
			return Bool
		}
	}
	return None
}

// IsAnalyzer reports whether the flag, of vet or fix, switches an analyzer of the
// default tool on or off, or is one of an analyzer's own.
func (s *Spec) IsAnalyzer(name string) bool {
	return s.goflag(name) == None && kindIn(s.late, name) != None && kindIn(unitcheckerFlags, name) == None
}
