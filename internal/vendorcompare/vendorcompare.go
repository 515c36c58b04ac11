// Package vendorcompare compares vendor/ with what the go command would make of it
// now, out of the module cache and, for what that lacks, the proxies.
package vendorcompare

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/inventory"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendortree"
	"github.com/goshim/goshim/shim"
)

// Name is the name of the comparison, in its report.
const Name = "vendor-compare"

// Compare runs go mod vendor, or go work vendor, with the target's modfiles and
// variables into a directory for temporary files, and finds every file of vendor/
// that differs. Nothing else is changed but the module cache, to which modules are
// added that it lacks. What is there already is used as it is.
func Compare(ctx context.Context, target *shim.Target, place *vendortree.Place) (*finding.Report, error) {
	dir, err := os.MkdirTemp("", "goshim-")
	if err != nil {
		return nil, &diag.Error{Msg: err.Error(), Hint: "set TMPDIR to a directory that can be written"}
	}
	defer os.RemoveAll(dir)
	fresh := filepath.Join(dir, "vendor")
	if err := derive(target, place, fresh); err != nil {
		return nil, err
	}
	c := &comparison{place: place, report: &finding.Report{Check: Name, Root: place.Root}}
	if c.want, err = read(ctx, fresh); err != nil {
		return nil, err
	}
	if c.have, err = read(ctx, place.Vendor); err != nil {
		return nil, err
	}
	c.files()
	if err := c.lists(); err != nil {
		return nil, err
	}
	c.report.Counts = []finding.Count{{What: "file", N: len(c.have.Files)}, {What: "module", N: len(c.have.List.Blocks)}}
	return c.report, nil
}

// derive fills the directory as the go command fills vendor/.
func derive(target *shim.Target, place *vendortree.Place, dir string) error {
	s, err := inventory.Open(target)
	if err != nil {
		return err
	}
	defer s.Close()
	if place.Work == nil {
		_, err = s.Go("mod", "vendor", "-o", dir)
		return err
	}
	if len(target.Use.Modfiles) > 0 {
		return &diag.Error{Msg: "go work vendor knows no layers, so vendor/ of a workspace cannot be compared in an environment with a modfile"}
	}
	_, err = s.Workspace(place.WorkDir, "work", "vendor", "-o", dir)
	return err
}

// read reads a vendor directory; one that is not there is empty.
func read(ctx context.Context, dir string) (*vendortree.Tree, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return &vendortree.Tree{Dir: dir, List: vendorlist.Parse(nil)}, nil
	}
	return vendortree.Read(ctx, dir)
}

type comparison struct {
	place      *vendortree.Place
	have, want *vendortree.Tree
	report     *finding.Report
}

// files compares the files beside modules.txt.
func (c *comparison) files() {
	for _, want := range c.want.Files {
		have := c.have.File(want.Path)
		f := c.finding(want)
		switch {
		case have == nil:
			f.Rule, f.Message = "vendor-missing", "is missing"
		case have.Err != nil:
			f.Rule, f.Message, f.Severity = "vendor-unreadable", have.Err.Error(), finding.High
		case !have.Mode.IsRegular():
			f.Rule, f.Message, f.Severity = "vendor-irregular", "is no regular file", finding.High
		case have.Sum == want.Sum:
			continue
		default:
			if ends := c.ends(want.Path); ends != "" {
				f = vendortree.Converted(c.place.Root, f.Module, f.File, ends)
				break
			}
			f.Rule, f.Message = "vendor-edited", "is not what go mod vendor copies"
		}
		c.report.Add(f)
	}
	for _, have := range c.have.Files {
		if c.want.File(have.Path) == nil {
			f := c.finding(have)
			f.Rule, f.Message = "vendor-added", "go mod vendor does not copy it"
			c.report.Add(f)
		}
	}
}

// finding returns what there is to say of any file that differs. Where vendor/ has
// another version of its module, it was not edited.
func (c *comparison) finding(file *vendortree.File) finding.Finding {
	f := finding.Finding{Severity: finding.High, File: "vendor/" + file.Path, Hint: "goshim vendor sync; a change that is to stay belongs in a fork and a replace line"}
	if b := file.Block; b != nil {
		f.Module = b.Path + "@" + b.Version.Version
		have, want := c.have.List.Block(b.Version), c.want.List.Block(b.Version)
		if have == nil || want == nil || b.IsDir() || !bytes.Equal(have.Text, want.Text) {
			f.Severity, f.Hint = finding.Medium, "goshim vendor sync"
		}
	}
	return f
}

// ends returns the name of the ends of lines in vendor/ if a file differs in them
// only.
func (c *comparison) ends(path string) string {
	have, err := textfile.Read(filepath.Join(c.have.Dir, filepath.FromSlash(path)), textfile.Max)
	if err != nil {
		return ""
	}
	want, err := textfile.Read(filepath.Join(c.want.Dir, filepath.FromSlash(path)), textfile.Max)
	if err != nil || !bytes.Equal(lf(have), lf(want)) {
		return ""
	}
	if bytes.Contains(have, []byte("\r\n")) {
		return "CRLF"
	}
	return "LF"
}

func lf(data []byte) []byte { return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")) }

// lists compares modules.txt.
func (c *comparison) lists() error {
	have, err := vendorlist.ReadText(c.have.Dir)
	if err != nil {
		return err
	}
	want, err := vendorlist.ReadText(c.want.Dir)
	if err != nil || bytes.Equal(have, want) {
		return err
	}
	const name = "vendor/modules.txt"
	if len(have) > 0 && bytes.Equal(lf(have), lf(want)) {
		c.report.Add(vendortree.Converted(c.place.Root, "", name, "CRLF"))
		return nil
	}
	add := func(b *vendorlist.Block, line int, msg string) {
		f := finding.Finding{Rule: "vendor-list", Severity: finding.Medium, File: name, Line: line, Message: msg, Hint: "goshim vendor sync"}
		if b != nil {
			f.Module = strings.TrimSuffix(b.Path+"@"+b.Version.Version, "@")
		}
		c.report.Add(f)
	}
	n := len(c.report.Findings)
	for _, b := range c.want.List.Blocks {
		if have := c.have.List.Block(b.Version); have == nil {
			add(b, 0, "does not list "+b.Path+" "+b.Version.Version)
		} else if !bytes.Equal(have.Text, b.Text) {
			add(b, have.Line, "does not say of "+b.Path+" "+b.Version.Version+" what go mod vendor writes")
		}
	}
	for _, b := range c.have.List.Blocks {
		if c.want.List.Block(b.Version) == nil {
			add(b, b.Line, "lists "+b.Path+" "+b.Version.Version+", which go mod vendor does not")
		}
	}
	if n == len(c.report.Findings) {
		add(nil, 0, "is not what go mod vendor writes")
	}
	return nil
}
