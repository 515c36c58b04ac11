package vendorsum

import (
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/ownfile"
)

// Own is the file as goshim knows its own. The go command has sums of its own in a
// vendor.sum where -modfile=vendor.mod is in force.
var Own = ownfile.Kind{
	What:  "a list of what vendor/ holds",
	IsOwn: isOwn,
	Hint:  "move it away; sums of a vendor.mod belong to a modfile of another name, such as go.vendor.mod with go.vendor.sum",
}

// isOwn reports whether a text is a vendor.sum: it has lines of one, whatever a
// merge or an edit did to others, and none of a go.sum.
func isOwn(text []byte) bool {
	own := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		if f, ok := fields(line); ok && len(f) == 3 && isHash(f[2]) {
			return false
		}
		p := &parser{sum: &Sum{}, index: make(map[module.Version]int)}
		own = own || line != "" && p.line(line) == ""
	}
	return own
}
