package gorun

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/goshim/goshim/internal/journal"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/shim"
)

// Changes returns what must be written to turn one stack of files into the
// other.
func Changes(from, to *modlayer.Stack) []journal.Change {
	var changes []journal.Change
	add := func(path string, old, new []byte) {
		if !bytes.Equal(old, new) || (old == nil) != (new == nil) {
			changes = append(changes, journal.Change{Path: path, Old: old, New: new})
		}
	}
	for i, f := range from.Files {
		add(f.Path, f.Data, to.Files[i].Data)
		add(f.SumPath(), f.Sum, to.Files[i].Sum)
	}
	return changes
}

// Diff returns the changes as a unified diff of files with the names that name
// gives their paths. A file that is not there is /dev/null.
func Diff(changes []journal.Change, name func(path string) string) []byte {
	nameOf := func(path string, data []byte) string {
		if data == nil {
			return "/dev/null"
		}
		return name(path)
	}
	var b bytes.Buffer
	for _, c := range changes {
		b.Write(diff.Diff(nameOf(c.Path, c.Old), c.Old, nameOf(c.Path, c.New), c.New))
	}
	return b.Bytes()
}

// StaleVendor says what is left to do once the target's modfiles have changed,
// if a vendor directory is filled by them, or "".
func StaleVendor(target *shim.Target) string {
	usesVendor := target.Policy.Mod.Value == "vendor" || len(target.Use.Modfiles) == 0
	if _, err := os.Stat(filepath.Join(target.Use.Root, "vendor", "modules.txt")); err != nil || !usesVendor {
		return ""
	}
	return "vendor/ has what was required before: goshim vendor sync fills it"
}
