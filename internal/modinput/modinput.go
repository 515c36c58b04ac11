// Package modinput reads the files that say which modules a target is built
// from: its modfiles, layer by layer, their sums and, in a workspace, those of
// the other modules and of go.work. It asks nobody and changes nothing.
package modinput

import (
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/gosum"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/shim"
)

// Inputs are what says which modules a target is built from. Its Roots begin
// with the target's module, with all layers merged.
type Inputs struct {
	modgraph.Roots
	Sums     Sums
	SumFiles []SumFile
	Paths    []string        // of the files that were read, or are not there
	Stack    *modlayer.Stack // of the target's module
}

// Sums are the hashes of go.sum files, of the algorithm h1, by module version or,
// with "/go.mod" behind the version, of its go.mod.
type Sums map[module.Version][]string

// Zip returns the sums of the zip of a version.
func (s Sums) Zip(m module.Version) []string { return s[m] }

// GoMod returns the sums of the go.mod of a version.
func (s Sums) GoMod(m module.Version) []string {
	return s[module.Version{Path: m.Path, Version: m.Version + "/go.mod"}]
}

// Versions returns the versions that there are sums of, by path and version.
func (s Sums) Versions() []module.Version {
	seen := make(map[module.Version]bool)
	for m := range s {
		m.Version = strings.TrimSuffix(m.Version, "/go.mod")
		seen[m] = true
	}
	list := make([]module.Version, 0, len(seen))
	for m := range seen {
		list = append(list, m)
	}
	module.Sort(list)
	return list
}

// add adds the lines of a go.sum, without hashes of a kind that is not known.
func (s Sums) add(data []byte) {
	for m, hash := range gosum.Lines(data) {
		if strings.HasPrefix(hash, "h1:") && !slices.Contains(s[m], hash) {
			s[m] = append(s[m], hash)
		}
	}
}

// A SumFile is one of the files with sums, as read.
type SumFile struct {
	Path string // absolute
	Data []byte // nil if it is not there
}

// Read reads the files of the target. A workspace is that of GOWORK, if the
// module is in it.
//
// If only the sums of the module are at fault, the error is a [*diag.Error] with
// a place in them, and the inputs have all but the lines that are not sums.
func Read(target *shim.Target) (*Inputs, error) {
	stack, err := gorun.Read(target.Use)
	if err != nil {
		return nil, err
	}
	merged, err := stack.Merge()
	if merged == nil {
		return nil, err
	}
	in := &Inputs{
		Roots: modgraph.Roots{Mains: []modgraph.Main{{Dir: target.Use.Root, File: merged.File()}}},
		Sums:  make(Sums),
		Paths: target.Use.Inputs(),
		Stack: stack,
	}
	for _, f := range stack.Files {
		in.SumFiles = append(in.SumFiles, SumFile{f.SumPath(), f.Sum})
		in.Sums.add(f.Sum)
	}
	work := gorun.WorkspaceOf(target)
	if work == "" {
		return in, err
	}
	if workErr := in.addWorkspace(work); err == nil {
		err = workErr
	}
	return in, err
}

// addWorkspace adds the other modules of a go.work.
func (in *Inputs) addWorkspace(path string) error {
	data, err := textfile.Read(path, textfile.Max)
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
		data, err := textfile.Read(gomod, textfile.Max)
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

// Root returns the directory that the files are named from: that of the module or,
// in a workspace, of go.work.
func (in *Inputs) Root() string {
	if in.Work != nil {
		return in.WorkDir
	}
	return in.Mains[0].Dir
}

// readSums reads a file with sums, which need not be there.
func (in *Inputs) readSums(path string) error {
	in.Paths = append(in.Paths, path)
	data, err := modlayer.ReadFile(path)
	if err != nil {
		return &diag.Error{Msg: err.Error()}
	}
	in.SumFiles = append(in.SumFiles, SumFile{path, data})
	in.Sums.add(data)
	return nil
}
