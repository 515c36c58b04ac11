package vendortree

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/goshim/goshim/internal/filestate"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendorsum"
	"github.com/goshim/goshim/shim"
)

// A Place is a vendor directory, and what says what belongs into it: the go.mod
// in force, with the environment's layers, or in a workspace go.work and the
// go.mod files of its modules, and their sums.
type Place struct {
	*modinput.Inputs
	Root   string         // the directory that vendor/ and vendor.sum lie in
	Vendor string         // the vendor directory, whether it is there or not
	Cache  modstore.Dir   // where zips are looked for
	Getenv userdir.Getenv // the target's variables, for the user's directories

	passed []string // the workspace's vendor directory, if it would be the one if it were there
}

// At returns the vendor directory of a target: that of the workspace in force, or
// of the module, if only the module has one.
func At(target *shim.Target) (*Place, error) {
	in, err := modinput.Read(target)
	if err != nil {
		return nil, err
	}
	p := &Place{Inputs: in, Root: target.Use.Root, Cache: modstore.OfCache(shim.ModuleCache(target.Vars)), Getenv: target.Vars.Get}
	if in.Work != nil {
		if ownsVendor(in.WorkDir, p.Root) {
			p.Root = in.WorkDir
		} else {
			p.passed = []string{filepath.Join(in.WorkDir, "vendor")}
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
	data, err := vendorlist.ReadText(filepath.Join(root, "vendor"))
	return err != nil || data == nil || bytes.HasPrefix(data, []byte("## workspace"))
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

// VerifyTarget verifies the vendor directory of a target, and returns what the
// report depends on as well: the paths of files and of trees, as
// [filestate.Of] knows them. If it finds all in order, then it does so as long as
// these are in the same state. The module cache matters only as far as zips are not
// there that modules were to be compared with.
func VerifyTarget(ctx context.Context, target *shim.Target, opts Options) (r *finding.Report, inputs []string, err error) {
	p, err := At(target)
	if err != nil {
		return nil, nil, err
	}
	c, err := verify(ctx, p, opts)
	if err != nil {
		return nil, nil, err
	}
	inputs = append([]string{p.SumPath(), filestate.Tree(p.Vendor)}, p.Paths...)
	inputs = append(inputs, p.passed...)
	own := len(inputs)
	for b, s := range c.sources {
		if _, dir := p.Replaced(b.Version); dir != "" {
			inputs = append(inputs, filestate.Tree(dir))
		} else if s.fault != "" { // compared as soon as there is a zip
			inputs = append(inputs, p.Cache.File(b.Source(), modstore.Zip))
		}
	}
	slices.Sort(inputs[own:])
	return c.report, inputs, nil
}
