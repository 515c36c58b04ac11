// Package modpair finds the merged modfile of a module in the cache, without
// reading the modfiles that it is made of: a few stat calls tell whether it is
// up to date. What makes it is package modlayer, which the shim does not link.
package modpair

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/journal"
)

// A Use says which modfiles are in force for a module.
type Use struct {
	Root     string            // directory of the module's go.mod, absolute, as the caller spells it
	Real     string            // the same without symbolic links
	Name     string            // of that go.mod as shown to the user; "" for its path
	Modfiles []Ref             // the lowest first
	Cache    string            // goshim's cache directory, "" if there is none
	Work     string            // path of the go.work in force, if its vendor/ is not in Root, or ""
	Journal  *journal.Journal  // guards the files
	Actual   map[string]string // what a caller's overlay has in the place of files, by absolute path
}

// A Ref is a modfile that a policy names.
type Ref struct {
	Path string   // absolute
	Name string   // as shown to the user
	Pos  diag.Pos // where it is named
}

// Top returns the modfile that lies over all others.
func (u *Use) Top() Ref { return u.Modfiles[len(u.Modfiles)-1] }

// Names returns the modfiles as a list to read, the uppermost first.
func (u *Use) Names() string {
	names := make([]string, 0, len(u.Modfiles))
	for _, ref := range slices.Backward(u.Modfiles) {
		names = append(names, ref.Name)
	}
	return strings.Join(names, " over ")
}

// Gomod returns the module's own go.mod.
func (u *Use) Gomod() Ref {
	gomod := Ref{Path: filepath.Join(u.Root, "go.mod"), Name: u.Name}
	if u.Name == "" {
		gomod.Name = gomod.Path
	}
	if len(u.Modfiles) == 0 {
		return gomod
	}
	if first := u.Modfiles[0]; filepath.Dir(first.Path) == u.Root {
		gomod.Name = filepath.Join(filepath.Dir(first.Name), "go.mod")
	}
	return gomod
}

// Inputs returns the paths of the files that the merged modfile depends on.
func (u *Use) Inputs() []string {
	paths := []string{u.Gomod().Path}
	for _, ref := range u.Modfiles {
		paths = append(paths, ref.Path)
	}
	for _, path := range paths {
		paths = append(paths, SumPath(path))
	}
	if u.Work != "" {
		paths = append(paths, u.Work)
	}
	return paths
}

// A PendingError says that somebody is writing the files, or was killed at it.
// Who locks the journal and recovers it can go on.
type PendingError struct{ Journal *journal.Journal }

func (*PendingError) Error() string {
	return "a change of the modfiles is not finished; the next go command here finishes it"
}

// SumPath returns the path of the file with the sums of a modfile: go.sum for
// go.mod (cmd/go/internal/modload.modfile).
func SumPath(modfile string) string { return strings.TrimSuffix(modfile, ".mod") + ".sum" }
