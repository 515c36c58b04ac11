// Package vendorsync fills vendor/ so that at every moment the old tree or the new
// one is there. The plain go mod vendor deletes the old one first, and copies
// without looking what it copies.
//
// The go command copies into a directory beside vendor/. Each file there is
// compared with the zip of its module, whose hash must be the one in go.sum. Then
// the directory and vendor/ change places, and vendor.sum is written by what is now
// in vendor/. A tree that is as before stays, with all its times.
package vendorsync

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/internal/vendorsum"
	"github.com/goshim/goshim/internal/vendortree"
)

// Options say how a sync is done.
type Options struct {
	Check bool // only tell what would change

	// Progress, if it is not nil, is told how many modules are compared with what
	// they came from. It is called by one goroutine at a time.
	Progress func(done, of int)
}

// A Filler runs the go command that makes a vendor directory at a path, and
// returns its exit status. If there is nothing to vendor, it makes none.
type Filler func(dir string) (status int, err error)

// Fill makes the place's vendor directory anew by what fill copies, and vendor.sum
// with it. A fill whose status is not 0 changes nothing, and its status is
// returned; the result is nil then. It is a [*BadError] if what was copied is not
// what go.sum says, and any error leaves vendor/ and vendor.sum as they were. Of
// several that work at one place, one waits for the other.
func Fill(ctx context.Context, p *vendortree.Place, opts Options, fill Filler) (r *Result, status int, err error) {
	s := siteAt(p.Getenv, p.Root)
	if opts.Check {
		return s.dryRun(ctx, p, opts, fill)
	}
	unlock, err := s.lock()
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	if err := s.admit(p); err != nil {
		return nil, 0, err
	}
	id, err := s.begin()
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, s.clear()) }()
	if status, err = fill(s.newTree(id)); status != 0 || err != nil {
		return nil, status, err
	}
	s.did("filled")
	r, text, err := s.result(ctx, p, s.newTree(id), opts)
	if err == nil && r.IsChanged() {
		err = s.replace(id, r.old, r.Tree, text)
	}
	if err != nil {
		return nil, 0, err
	}
	return r, 0, nil
}

// dryRun is [Fill] with [Options.Check]: it fills a directory elsewhere, so that
// it works in a checkout that cannot be written.
func (s *site) dryRun(ctx context.Context, p *vendortree.Place, opts Options, fill Filler) (r *Result, status int, err error) {
	if err := errors.Join(Recover(p.Getenv, s.root), s.admit(p)); err != nil {
		return nil, 0, err
	}
	tmp, err := os.MkdirTemp("", "goshim-")
	if err != nil {
		return nil, 0, &diag.Error{Msg: err.Error(), Hint: "set TMPDIR to a directory that can be written"}
	}
	defer func() { err = errors.Join(err, removeAll(tmp)) }()
	dir := filepath.Join(tmp, vendorName)
	if status, err = fill(dir); status != 0 || err != nil {
		return nil, status, err
	}
	r, _, err = s.result(ctx, p, dir, opts)
	return r, 0, err
}

// admit refuses a place whose vendor/ or vendor.sum must not be replaced, also where
// only the go command's next write would make a file of that name its own.
func (s *site) admit(p *vendortree.Place) error {
	if slices.ContainsFunc(p.SumFiles, func(f modinput.SumFile) bool { return f.Path == s.sum() }) {
		return &diag.Error{
			Pos:  diag.Pos{File: sumName},
			Msg:  "the name is that of the sums of vendor.mod, and goshim needs it for the list of what vendor/ holds",
			Hint: "rename vendor.mod and its sums, for example to go.vendor.mod and go.vendor.sum",
		}
	}
	return s.checkReplaceable()
}

// Recover finishes what a killed [Fill] began in the directory root, or waits for
// one that is about to finish. It is for those who read vendor/ and vendor.sum as
// a pair, before they do, and costs one stat if there is nothing to finish.
func Recover(getenv userdir.Getenv, root string) error {
	s := siteAt(getenv, root)
	if !s.pending() {
		return nil
	}
	unlock, err := s.lock()
	if err == nil {
		unlock()
	}
	return err
}

// result checks the tree that was made in dir, and returns how it differs from
// what is in force, and the vendor.sum for it, nil if there is to be none.
func (s *site) result(ctx context.Context, p *vendortree.Place, dir string, opts Options) (r *Result, text []byte, err error) {
	made, err := readTree(ctx, dir)
	if err != nil {
		return nil, nil, writeError(err)
	}
	if made.Tree != nil {
		for _, name := range made.GitFiles {
			if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
				return nil, nil, writeError(err)
			}
		}
	}
	old, err := readTree(ctx, s.vendor())
	if err != nil {
		return nil, nil, err
	}
	r = &Result{Root: s.root, Tree: made.hash(), old: old.hash()}
	if old.Tree != nil && len(old.GitFiles) > 0 {
		r.old = "" // no new tree is the same
	}
	r.Vendor = r.old != r.Tree || old.Tree != nil && made.Tree == nil
	oldText, err := textfile.Read(s.sum(), vendorsum.MaxSize)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, err
	}
	hadSum := err == nil
	var oldSum *vendorsum.Sum
	if hadSum {
		oldSum, _ = vendorsum.Parse(sumName, oldText) // one that is malformed tells nothing
	}
	if made.Tree != nil {
		r.Files, r.Modules = len(made.Files), len(made.List.Blocks)
		sum, err := s.check(ctx, p, made, r, opts)
		if err != nil {
			return nil, nil, err
		}
		keepOrigins(sum, oldSum)
		text = sum.Encode()
	}
	r.Sum = !bytes.Equal(oldText, text) || hadSum != (text != nil)
	if r.Vendor {
		r.compare(old, made, oldSum)
	}
	return r, text, nil
}

// check compares the tree that was made with the zips that it came from, and
// returns its vendor.sum.
func (s *site) check(ctx context.Context, p *vendortree.Place, made tree, r *Result, opts Options) (*vendorsum.Sum, error) {
	at := *p
	at.Vendor = made.Dir
	sum := made.Sum(&at)
	report, err := vendortree.Check(ctx, &at, made.Tree, sum, vendortree.Options{Unseen: true, NeedZips: true, Progress: opts.Progress})
	if err != nil {
		return nil, err
	}
	var absent []finding.Finding
	report.Findings = slices.DeleteFunc(report.Findings, func(f finding.Finding) bool {
		if f.Rule == "vendor-not-compared" {
			absent = append(absent, f)
		}
		return f.Rule == "vendor-not-compared"
	})
	switch {
	case report.Fails():
		return nil, &BadError{report}
	case len(absent) > 0:
		return nil, notCompared(absent)
	}
	for _, f := range report.Findings {
		switch f.Rule {
		case "vendor-directory":
			r.Uncovered = append(r.Uncovered, f.Module)
		case "vendor-cgo":
			r.NotVendored = append(r.NotVendored, f.File+": "+f.Message)
		}
	}
	return sum, nil
}

// notCompared returns the error for modules whose zips are not there, so that
// nobody knows whether what was copied of them is right.
func notCompared(absent []finding.Finding) error {
	msg := absent[0].Message
	if n := len(absent); n > 1 {
		msg += ", and " + strconv.Itoa(n-1) + " more"
	}
	return &diag.Error{Msg: msg + "; vendor/ is as it was", Hint: "go mod download"}
}

// keepOrigins lets modules keep what the old vendor.sum says of the commit that
// their zip was made of, if this module cache knows nothing of it, or the same
// commit by another name: that depends on the proxy.
func keepOrigins(sum, old *vendorsum.Sum) {
	if old == nil {
		return
	}
	for i := range sum.Modules {
		m := &sum.Modules[i]
		was := old.Module(m.Version)
		if was == nil || was.Origin == nil || was.Zip != m.Zip || was.Replace != m.Replace {
			continue
		}
		if m.Origin == nil || m.Origin.Hash == was.Origin.Hash {
			m.Origin = was.Origin
		}
	}
}
