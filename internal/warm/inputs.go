package warm

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/gosum"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/shim"
)

// Inputs are what says which modules a target is built from: its merged modfile
// and sums, and, in a workspace, those of the other modules and of go.work.
type inputs struct {
	modgraph.Roots
	sums  map[module.Version][]string // as in go.sum: the version may end in /go.mod
	paths []string                    // of the files that were read, or are not there
}

// Files returns the paths of the files that say which modules a target is built
// from, whether they are there or not: if none of them changes, the same modules
// are needed.
func Files(target *shim.Target) ([]string, error) {
	in, err := readInputs(target, target.Vars)
	if err != nil {
		return nil, err
	}
	return in.paths, nil
}

// readInputs reads the files of the target. A workspace is that of GOWORK, if
// the module is in it.
func readInputs(target *shim.Target, env *envset.Set) (*inputs, error) {
	stack, err := gorun.Read(target.Use)
	if err != nil {
		return nil, err
	}
	merged, err := stack.Merge()
	if err != nil {
		return nil, err
	}
	in := &inputs{
		Roots: modgraph.Roots{Mains: []modgraph.Main{{Dir: target.Use.Root, File: merged.File()}}},
		sums:  make(map[module.Version][]string),
		paths: target.Use.Inputs(),
	}
	in.addSums(merged.Sum)
	gowork, _ := env.Effective("GOWORK")
	work := gomod.Workspace(target.Use.Root, gowork)
	if work == "" || !(gorun.Companion{}).InWorkspace(work, modpair.Real(target.Use.Root)) {
		return in, nil
	}
	return in, in.addWorkspace(work)
}

// addWorkspace adds the other modules of a go.work.
func (in *inputs) addWorkspace(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return &diag.Error{Msg: err.Error()}
	}
	if in.Work, err = modfile.ParseWork(path, data, nil); err != nil {
		return &diag.Error{Msg: err.Error()}
	}
	in.WorkDir = filepath.Dir(path)
	in.paths = append(in.paths, path)
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
		in.paths = append(in.paths, gomod)
		if err := in.readSums(modpair.SumPath(gomod)); err != nil {
			return err
		}
	}
	return nil
}

func (in *inputs) readSums(path string) error {
	in.paths = append(in.paths, path)
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
func (in *inputs) addSums(data []byte) {
	for m, hash := range gosum.Lines(data) {
		if strings.HasPrefix(hash, "h1:") && !slices.Contains(in.sums[m], hash) {
			in.sums[m] = append(in.sums[m], hash)
		}
	}
}

// zipSums and modSums return the sums of a version and of its .mod file.
func (in *inputs) zipSums(m module.Version) []string { return in.sums[m] }

func (in *inputs) modSums(m module.Version) []string {
	return in.sums[module.Version{Path: m.Path, Version: m.Version + "/go.mod"}]
}
