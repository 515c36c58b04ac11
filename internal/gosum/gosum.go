// Package gosum reads go.sum.
package gosum

import (
	"iter"
	"strings"

	"golang.org/x/mod/module"
)

// A Line is a line of a go.sum that is not blank.
type Line struct {
	N      int      // its number, from 1
	Text   string   // as it stands there, with its end
	Fields []string // three, if it is well-formed
}

// IsWell reports whether the line has as many fields as it should.
func (l Line) IsWell() bool { return len(l.Fields) == 3 }

// IsMarker reports whether git has left the line in a conflict that it could not
// merge.
func (l Line) IsMarker() bool {
	switch l.Fields[0] {
	case "<<<<<<<", "=======", ">>>>>>>", "|||||||":
		return true
	}
	return false
}

// Module returns what the line has a hash of: a module version or, with
// "/go.mod" behind the version, its go.mod.
func (l Line) Module() module.Version { return module.Version{Path: l.Fields[0], Version: l.Fields[1]} }

// Hash returns the hash, with its algorithm: "h1:…".
func (l Line) Hash() string { return l.Fields[2] }

// All returns the lines of a go.sum that are not blank, as the go command cuts
// them (cmd/go/internal/modfetch.readGoSum).
func All(data []byte) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		n := 0
		for text := range strings.Lines(string(data)) {
			n++
			if f := strings.Fields(text); len(f) > 0 && !yield(Line{n, text, f}) {
				return
			}
		}
	}
}

// Lines returns the hashes of a go.sum, in its order. Lines that do not have
// three fields are passed over: the go command says what is wrong with them.
func Lines(data []byte) iter.Seq2[module.Version, string] {
	return func(yield func(module.Version, string) bool) {
		for l := range All(data) {
			if l.IsWell() && !yield(l.Module(), l.Hash()) {
				return
			}
		}
	}
}
