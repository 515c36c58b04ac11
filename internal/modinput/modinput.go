// Package modinput reads the files that say which modules a target is built
// from.
package modinput

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/gosum"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/shim"
)

// Inputs are what says which modules a target is built from: its merged modfile
// and sums, and, in a workspace, those of the other modules and of go.work. The
// target's own module is the first of the roots.
type Inputs struct {
	modgraph.Roots
	Sums  map[module.Version][]string // as in go.sum: the version may end in /go.mod
	Paths []string                    // of the files that were read, or are not there
}

// Read reads the files of the target, with what a caller's overlay has in their
// place. A workspace is that of GOWORK, if the module is in it.
func Read(target *shim.Target) (*Inputs, error) {
	stack, err := gorun.Read(target.Use)
	if err != nil {
		return nil, err
	}
	merged, err := stack.Merge()
	if err != nil {
		return nil, err
	}
	in := &Inputs{
		Roots: modgraph.Roots{Mains: []modgraph.Main{{Dir: target.Use.Root, File: merged.File()}}},
		Sums:  make(map[module.Version][]string),
		Paths: target.Use.Inputs(),
	}
	in.addSums(merged.Sum)
	gowork, _ := target.Vars.Effective("GOWORK")
	work := gomod.Workspace(target.Use.Root, gowork)
	if work == "" || !(gorun.Companion{}).InWorkspace(work, modpair.Real(target.Use.Root)) {
		return in, nil
	}
	return in, in.addWorkspace(work)
}

// addWorkspace adds the other modules of a go.work.
func (in *Inputs) addWorkspace(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return &diag.Error{Msg: err.Error()}
	}
	if in.Work, err = modfile.ParseWork(path, data, nil); err != nil {
		return &diag.Error{Msg: err.Error()}
	}
	in.WorkDir = filepath.Dir(path)
	in.Paths = append(in.Paths, path)
	if err := in.readSums(path + ".sum"); err != nil {
		return err
	}
	own := modpair.Real(in.Mains[0].Dir)
	for _, use := range in.Work.Use {
		dir := modgraph.Abs(in.WorkDir, use.Path)
		if modpair.Real(dir) == own {
			continue
		}
		gomod := filepath.Join(dir, "go.mod")
		data, err := os.ReadFile(gomod)
		if err != nil {
			return &diag.Error{Msg: err.Error()}
		}
		file, err := modfile.Parse(gomod, data, nil)
		if err != nil {
			return &diag.Error{Msg: err.Error()}
		}
		in.Mains = append(in.Mains, modgraph.Main{Dir: dir, File: file})
		in.Paths = append(in.Paths, gomod)
		if err := in.readSums(modpair.SumPath(gomod)); err != nil {
			return err
		}
	}
	return nil
}

func (in *Inputs) readSums(path string) error {
	in.Paths = append(in.Paths, path)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &diag.Error{Msg: err.Error()}
	}
	in.addSums(data)
	return nil
}

// addSums adds the lines of a go.sum, without hashes of a kind that is not known.
func (in *Inputs) addSums(data []byte) {
	for m, hash := range gosum.Lines(data) {
		if strings.HasPrefix(hash, "h1:") && !slices.Contains(in.Sums[m], hash) {
			in.Sums[m] = append(in.Sums[m], hash)
		}
	}
}

// ZipSums returns the sums of a version.
func (in *Inputs) ZipSums(m module.Version) []string { return in.Sums[m] }

// ModSums returns the sums of the .mod file of a version.
func (in *Inputs) ModSums(m module.Version) []string {
	return in.Sums[module.Version{Path: m.Path, Version: m.Version + "/go.mod"}]
}
