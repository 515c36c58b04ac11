package warm

import (
	"errors"
	"go/version"
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
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/shim"
)

// A mainModule is a go.mod that builds start from.
type mainModule struct {
	dir  string
	file *modfile.File
}

// Inputs are what says which modules a target is built from: its merged modfile
// and sums, and, in a workspace, those of the other modules and of go.work.
type inputs struct {
	mains   []mainModule
	work    *modfile.WorkFile
	workDir string
	sums    map[module.Version][]string // as in go.sum: the version may end in /go.mod
	paths   []string                    // of the files that were read, or are not there
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
		mains: []mainModule{{target.Use.Root, merged.File()}},
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
	if in.work, err = modfile.ParseWork(path, data, nil); err != nil {
		return &diag.Error{Msg: err.Error()}
	}
	in.workDir = filepath.Dir(path)
	in.paths = append(in.paths, path)
	if err := in.readSums(path + ".sum"); err != nil {
		return err
	}
	own := modpair.Real(in.mains[0].dir)
	for _, use := range in.work.Use {
		dir := in.abs(in.workDir, use.Path)
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
		in.mains = append(in.mains, mainModule{dir, file})
		in.paths = append(in.paths, gomod)
		if err := in.readSums(modpair.SumPath(gomod)); err != nil {
			return err
		}
	}
	return nil
}

func (in *inputs) abs(base, path string) string {
	if path = filepath.FromSlash(path); filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
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

// addSums adds the lines of a go.sum. Those that are malformed, or have a hash
// of a kind that is not known, are passed over: the go command judges them.
func (in *inputs) addSums(data []byte) {
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) != 3 || !strings.HasPrefix(f[2], "h1:") {
			continue
		}
		m := module.Version{Path: f[0], Version: f[1]}
		if !slices.Contains(in.sums[m], f[2]) {
			in.sums[m] = append(in.sums[m], f[2])
		}
	}
}

// zipSums and modSums return the sums of a version and of its .mod file.
func (in *inputs) zipSums(m module.Version) []string { return in.sums[m] }

func (in *inputs) modSums(m module.Version) []string {
	return in.sums[module.Version{Path: m.Path, Version: m.Version + "/go.mod"}]
}

// replaced returns what stands in the place of a version: itself, another
// module, or, if dir is not "", a directory. A replacement in go.work hides
// those of its modules, one of a version hides one of all versions.
func (in *inputs) replaced(m module.Version) (to module.Version, dir string) {
	try := func(base string, all []*modfile.Replace) bool {
		best := -1
		for i, r := range all {
			if r.Old.Path == m.Path && (r.Old.Version == m.Version || r.Old.Version == "" && best < 0) {
				best = i
			}
		}
		if best < 0 {
			return false
		}
		if to = all[best].New; to.Version == "" {
			dir = in.abs(base, to.Path)
		}
		return true
	}
	if in.work != nil && try(in.workDir, in.work.Replace) {
		return to, dir
	}
	for _, main := range in.mains {
		if try(main.dir, main.file.Replace) {
			return to, dir
		}
	}
	return m, ""
}

func (in *inputs) isExcluded(m module.Version) bool {
	for _, main := range in.mains {
		if slices.ContainsFunc(main.file.Exclude, func(e *modfile.Exclude) bool { return e.Mod == m }) {
			return true
		}
	}
	return false
}

func (in *inputs) isMain(path string) bool {
	return slices.ContainsFunc(in.mains, func(main mainModule) bool {
		return main.file.Module != nil && main.file.Module.Mod.Path == path
	})
}

// isPruned reports whether the go.mod lists all that its packages need, as it
// does from Go 1.17 on.
func isPruned(f *modfile.File) bool {
	return f.Go != nil && version.Compare("go"+f.Go.Version, "go1.17") >= 0
}

// listsAll reports whether the main module's go.mod lists every module that
// its builds need.
func (in *inputs) listsAll() bool { return in.work == nil && isPruned(in.mains[0].file) }
