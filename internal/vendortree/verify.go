package vendortree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendorsum"
)

// Options say how much is compared.
type Options struct {
	// Deep compares every module with its zip in the module cache, too. Otherwise
	// only those are whose files are not as vendor.sum has them, to tell what was
	// edited from a vendor.sum that is out of date.
	Deep bool

	// Unseen compares in this way also every module of which vendor.sum has lines
	// that this user has not yet seen to be those of its zip, so that a vendor.sum
	// that was edited with vendor/ is found out where the zips are.
	Unseen bool

	// NeedZips makes it a fault that a module was to be compared with its zip and the
	// zip is not there.
	NeedZips bool

	// Progress, if it is not nil, is told how many of these modules are compared.
	// It is called by one goroutine at a time.
	Progress func(done, of int)
}

// Verify finds what is wrong with the vendor directory: files and modules that are
// not as vendor.sum, go.mod and go.sum say, and with zips at hand as the modules
// have them. It reads no more than it must, asks no network and writes nothing
// but the records of [cacheverify.Zips]. An error says that the check could not be
// made.
func Verify(ctx context.Context, p *Place, opts Options) (*finding.Report, error) {
	c, err := verify(ctx, p, opts)
	if err != nil {
		return nil, err
	}
	return c.report, nil
}

func verify(ctx context.Context, p *Place, opts Options) (*check, error) {
	c := newCheck(p)
	if !isDir(p.Vendor) {
		if p.needsNone() {
			return c, nil
		}
		c.report.Add(finding.Finding{
			Rule: "vendor-absent", Severity: finding.Medium, File: "vendor",
			Message: "there is no vendor directory", Hint: "goshim vendor sync makes it",
		})
		return c, nil
	}
	tree, err := Read(ctx, p.Vendor)
	if err != nil {
		return nil, err
	}
	sum, err := vendorsum.Read(p.SumPath(), vendorsum.Name)
	var fault *diag.Error
	switch {
	case errors.Is(err, os.ErrNotExist):
		c.report.Add(finding.Finding{
			Rule: "vendor-sum-absent", Severity: finding.Medium, File: vendorsum.Name,
			Message: "there is none, so that only go.mod and the module cache tell what vendor/ should hold", Hint: writeSum,
		})
	case errors.As(err, &fault) && fault.Pos.IsValid():
		c.report.Add(finding.Finding{
			Rule: "vendor-sum-malformed", Severity: finding.Medium, File: vendorsum.Name, Line: fault.Pos.Line,
			Message: fault.Msg, Hint: fault.Hint,
		})
	case err != nil:
		return nil, err
	}
	return c, c.run(ctx, tree, sum, opts)
}

// Check does what [Verify] does, for a tree and a vendor.sum that were read
// already; sum is nil if there is none.
func Check(ctx context.Context, p *Place, tree *Tree, sum *vendorsum.Sum, opts Options) (*finding.Report, error) {
	c := newCheck(p)
	if err := c.run(ctx, tree, sum, opts); err != nil {
		return nil, err
	}
	return c.report, nil
}

// needsNone reports whether the go.mod files require nothing that could be
// vendored.
func (p *Place) needsNone() bool {
	for _, main := range p.Mains {
		if len(main.File.Require) > 0 {
			return false
		}
	}
	return true
}

const (
	writeSum = "goshim vendor sync writes it"
	fork     = "goshim vendor sync fills vendor/ anew; a change that is to stay belongs in a fork and a replace line"
)

// A check is one call of [Verify].
type check struct {
	*Place
	report *finding.Report
	tree   *Tree
	sum    *vendorsum.Sum // nil if there is none

	byModule map[module.Version]*vendorsum.Module // of sum
	recorded map[string]record                    // what sum has of files, by path below vendor/
	differs  map[string]bool                      // paths of files that are not as sum has them
	suspect  map[*vendorlist.Block]bool           // modules that are not as sum has them
	masked   []*vendorsum.Module                  // those of which each file has the fingerprint that it should have
	sources  map[*vendorlist.Block]*source        // that were read
	right    map[string][]wanted                  // what files should be by their sources
	seen     *seen                                // what was compared before

	onlyConverted map[*vendorsum.Module]bool // see [check.isOnlyConverted]
}

// A record is what vendor.sum has of a file.
type record struct {
	module *vendorsum.Module
	print  string
}

// A wanted is what a file should be by a source.
type wanted struct {
	source *source
	sum    [32]byte
}

func newCheck(p *Place) *check {
	return &check{
		Place: p, report: &finding.Report{Check: "vendor", Root: p.Root},
		byModule: make(map[module.Version]*vendorsum.Module),
		recorded: make(map[string]record),
		differs:  make(map[string]bool),
		suspect:  make(map[*vendorlist.Block]bool),
		sources:  make(map[*vendorlist.Block]*source),
		right:    make(map[string][]wanted),
		seen:     openSeen(p.Getenv),

		onlyConverted: make(map[*vendorsum.Module]bool),
	}
}

func (c *check) run(ctx context.Context, tree *Tree, sum *vendorsum.Sum, opts Options) error {
	c.tree, c.sum = tree, sum
	c.report.Counts = []finding.Count{{What: "file", N: len(tree.Files)}, {What: "module", N: len(tree.List.Blocks)}}
	c.irregular()
	if !tree.hasTxt {
		c.report.Add(finding.Finding{
			Rule: "vendor-list", Severity: finding.High, File: "vendor/" + vendorlist.Name,
			Message: "is missing, and says which modules vendor/ holds", Hint: c.refill(),
		})
	} else {
		c.stale()
	}
	c.sums()
	c.record()
	if err := c.readSources(ctx, opts); err != nil {
		return err
	}
	c.list()
	c.modules()
	c.unmask()
	c.files()
	c.cgo()
	c.see()
	return nil
}

// see keeps which modules were compared with their zips and are as vendor.sum has
// them.
func (c *check) see() {
	for b := range c.sources {
		if m := c.byModule[b.Version]; m != nil && m.Tree != "" && !c.suspect[b] && c.isSame(b) && slices.Contains(c.Sums.Zip(b.Source()), m.Zip) {
			c.seen.add(keyOf(m, c.GoVersion()))
		}
	}
	c.seen.close()
}

// isUnseen reports whether a module's lines in vendor.sum were never compared with
// its zip.
func (c *check) isUnseen(b *vendorlist.Block) bool {
	m := c.byModule[b.Version]
	return m == nil || !c.seen.has(keyOf(m, c.GoVersion()))
}

// refill returns the hint for a vendor directory that is out of date.
func (c *check) refill() string { return "goshim vendor sync, or " + c.Command() }

// irregular finds what can be in no module: symbolic links, for example.
func (c *check) irregular() {
	for _, f := range c.tree.Files {
		file := finding.Finding{Severity: finding.High, Module: f.version(), File: "vendor/" + f.Path, Hint: fork}
		switch {
		case f.Mode.IsRegular() && f.Err != nil, f.Mode.IsDir():
			file.Rule, file.Message, file.Hint = "vendor-unreadable", "cannot be read: "+cause(f.Err), ""
		case f.Mode&os.ModeSymlink != 0:
			file.Rule, file.Message = "vendor-symlink", "is a symbolic link, and go mod vendor makes none"
		case !f.Mode.IsRegular():
			file.Rule, file.Message = "vendor-irregular", "is no regular file"
		default:
			continue
		}
		c.report.Add(file)
	}
	if info, err := os.Lstat(c.Vendor); err == nil && info.Mode()&os.ModeSymlink != 0 {
		c.report.Add(finding.Finding{Rule: "vendor-symlink", File: "vendor", Message: "is a symbolic link; what it leads to was checked"})
	}
}

// cause returns an error without the path that it is about.
func cause(err error) string {
	var e *os.PathError
	if errors.As(err, &e) {
		err = e.Err
	}
	return err.Error()
}

// readSources reads the zips and directories that modules come from: of all, or of
// those that are not as vendor.sum has them. Directories are always read, because
// nobody else vouches for them.
func (c *check) readSources(ctx context.Context, opts Options) error {
	var blocks []*vendorlist.Block
	for _, b := range c.tree.List.Blocks {
		if opts.Deep || c.sum == nil || c.suspect[b] || b.IsDir() || opts.Unseen && c.isUnseen(b) {
			blocks = append(blocks, b)
		}
	}
	all, err := c.Place.sources(ctx, blocks, opts.Progress)
	if err != nil {
		return err
	}
	for _, s := range all {
		c.sources[s.block] = s
		for path, sum := range s.files {
			c.right[path] = append(c.right[path], wanted{s, sum})
		}
		c.tell(s)
	}
	c.tellAbsent(all, opts)
	return nil
}

// tellAbsent says which modules were not compared for want of a zip.
func (c *check) tellAbsent(all []*source, opts Options) {
	if !opts.Deep && !opts.NeedZips && c.sum != nil {
		return
	}
	f := finding.Finding{Rule: "vendor-not-compared", File: "vendor/" + vendorlist.Name, Hint: "go mod download"}
	if opts.NeedZips {
		f.Severity = finding.High
	}
	of := 0
	var absent []*source
	for _, s := range all {
		if s.block.IsDir() || s.isBad {
			continue
		}
		if of++; s.fault != "" {
			absent = append(absent, s)
		}
	}
	if opts.Deep && of > 0 && len(absent) == of {
		f.Message = "nothing was compared: the module cache lacks the zip of " + diag.Count(of, "module")
		c.report.Add(f)
		return
	}
	for _, s := range absent {
		f.Module, f.Line = versionText(s.block.Version), s.block.Line
		f.Message = "not compared with " + versionText(s.block.Source()) + ": " + s.fault
		c.report.Add(f)
	}
}

// tell says what there is to say of a source itself.
func (c *check) tell(s *source) {
	b := s.block
	f := finding.Finding{Module: versionText(b.Version), File: "vendor/" + vendorlist.Name, Line: b.Line}
	switch {
	case b.IsDir():
		f.Rule, f.Message = "vendor-directory", "comes from "+b.Replace.Path+", of which go.sum has no hash"
		if s.fault != "" {
			f.Message += "; not compared: " + s.fault
		}
	case s.isBad:
		f.Rule, f.Severity, f.File, f.Line = "vendor-cache", finding.High, c.Cache.File(b.Source(), "zip"), 0
		f.Message, f.Hint = s.fault, "goshim repair fetches it anew"
	default:
		return
	}
	c.report.Add(f)
}

// isSame reports whether what is vendored of a module was compared with its zip
// and is the same.
func (c *check) isSame(b *vendorlist.Block) bool {
	if len(b.Packages) == 0 {
		return true
	}
	if !c.isCompared(b) || b.IsDir() || c.sources[b].goLine != b.Go {
		return false
	}
	s := c.sources[b]
	for path := range s.files {
		if !c.isRight(path) {
			return false
		}
	}
	for _, f := range c.tree.Files {
		if f.Block == b && len(c.right[f.Path]) == 0 {
			return false
		}
	}
	return true
}

// isRight reports whether a file is as one of its sources has it.
func (c *check) isRight(path string) bool {
	f := c.tree.File(path)
	return f != nil && f.Mode.IsRegular() && f.Err == nil &&
		slices.ContainsFunc(c.right[path], func(w wanted) bool { return w.sum == f.Sum })
}

// Converted returns the finding for a file, with slashes from the directory that
// vendor/ lies in, in which only the ends of lines differ, which are now CRLF or LF.
// That is no fault, as Go takes both for the same, and a module that ships attributes
// of its own leaves no way to avoid it.
func Converted(root, module, file, ends string) finding.Finding {
	return finding.Finding{
		Rule: "vendor-crlf", Severity: finding.Low, Module: module, File: file,
		Message: fmt.Sprintf("differs in the ends of lines only: they are %s, as git makes them by core.autocrlf or .gitattributes", ends),
		Hint:    ConversionHint(root, file),
	}
}

// ConversionHint returns how to have git store a file of vendor/ as it is. Attributes
// that a module ships count more than those above it.
func ConversionHint(root, file string) string {
	for dir := path.Dir(file); strings.Contains(dir, "/"); dir = path.Dir(dir) {
		name := path.Join(dir, ".gitattributes")
		if info, err := os.Lstat(filepath.Join(root, filepath.FromSlash(name))); err == nil && info.Mode().IsRegular() {
			return name + " counts more than a .gitattributes above it: git add --renormalize vendor stores the text that it asks for, which stops no build"
		}
	}
	return `write "vendor/** -text" to .gitattributes, then goshim vendor sync and git add --renormalize vendor`
}
