package vendortree

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/vendorsum"
	"github.com/goshim/goshim/shim"
)

// A Place is a vendor directory, and what says what belongs into it: the go.mod
// in force, with the environment's layers, or in a workspace go.work and the
// go.mod files of its modules, and their sums.
type Place struct {
	*modinput.Inputs
	Root   string       // the directory that vendor/ and vendor.sum lie in
	Vendor string       // the vendor directory, whether it is there or not
	Cache  modstore.Dir // where zips are looked for
}

// At returns the vendor directory of a target: that of the workspace in force, or
// of the module, if only the module has one.
func At(target *shim.Target) (*Place, error) {
	in, err := modinput.Read(target)
	if err != nil {
		return nil, err
	}
	p := &Place{Inputs: in, Root: target.Use.Root, Cache: modstore.OfCache(shim.ModuleCache(target.Vars))}
	if in.Work != nil {
		if ownsVendor(in.WorkDir, p.Root) {
			p.Root = in.WorkDir
		} else {
			in.Roots = modgraph.Roots{Mains: in.Mains[:1]}
		}
	}
	p.Vendor = filepath.Join(p.Root, "vendor")
	return p, nil
}

// ownsVendor reports whether what is vendored for a module of a workspace is so
// by go work vendor, or nothing is vendored.
func ownsVendor(workDir, root string) bool {
	if modpair.Real(workDir) != modpair.Real(root) {
		return isDir(filepath.Join(workDir, "vendor")) || !isDir(filepath.Join(root, "vendor"))
	}
	data, err := os.ReadFile(filepath.Join(root, "vendor", listName))
	return err != nil || bytes.HasPrefix(data, []byte("## workspace"))
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// SumPath returns the path of vendor.sum.
func (p *Place) SumPath() string { return filepath.Join(p.Root, vendorsum.Name) }

// Command returns the go command that fills the vendor directory.
func (p *Place) Command() string {
	if p.Work != nil {
		return "go work vendor"
	}
	return "go mod vendor"
}

// GoVersion returns the go version that decides what is vendored: that of go.work
// or of go.mod (cmd/go/internal/modload.MainModuleSet.GoVersion).
func (p *Place) GoVersion() string {
	switch {
	case p.Work != nil && p.Work.Go != nil:
		return p.Work.Go.Version
	case p.Work != nil:
		return "1.18"
	case p.Mains[0].File.Go != nil:
		return p.Mains[0].File.Go.Version
	}
	return "1.16"
}

// Inputs are what the result of [Verify] depends on.
type Inputs struct {
	Files []string // absolute paths of files, whether they are there or not
	Trees []string // of directories, with all that is in them
}

// InputsOf returns what the result of [Verify] on the tree depends on, if it does
// not look at zips. It changes as the files do.
func (p *Place) InputsOf(t *Tree) Inputs {
	in := Inputs{Files: append([]string{p.SumPath()}, p.Paths...), Trees: []string{p.Vendor}}
	for _, b := range t.List.Blocks {
		if b.IsDir() && len(b.Packages) > 0 {
			in.Trees = append(in.Trees, modgraph.Abs(p.Root, b.Replace.Path))
		}
	}
	return in
}
