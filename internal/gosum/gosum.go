// Package gosum reads go.sum.
package gosum

import (
	"iter"
	"strings"

	"golang.org/x/mod/module"
)

// Lines returns the hashes of a go.sum, in its order: of a module version or, with
// "/go.mod" behind the version, of its go.mod. Lines that do not have three
// fields are passed over: the go command says what is wrong with them
// (cmd/go/internal/modfetch.readGoSum).
func Lines(data []byte) iter.Seq2[module.Version, string] {
	return func(yield func(module.Version, string) bool) {
		for line := range strings.Lines(string(data)) {
			f := strings.Fields(line)
			if len(f) == 3 && !yield(module.Version{Path: f[0], Version: f[1]}, f[2]) {
				return
			}
		}
	}
}
