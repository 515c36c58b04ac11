package vendortree

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendorsum"
)

// files finds the files that are not what they should be.
//
// What a zip has counts more than what vendor.sum has, because go.sum vouches for
// it: a file that is as in the zip was not edited, even if vendor.sum has another
// one. What a directory has counts less: it may have changed since.
func (c *check) files() {
	paths := make(map[string]bool)
	for path := range c.differs {
		paths[path] = true
	}
	for path := range c.right {
		if !c.isRight(path) {
			paths[path] = true
		}
	}
	for _, f := range c.tree.Files {
		if f.Block == nil || c.isCompared(f.Block) && len(c.right[f.Path]) == 0 {
			paths[f.Path] = true
		}
	}
	var found []*different
	unrecorded := make(map[*vendorlist.Block][]string)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		d := c.different(path)
		switch {
		case d == nil:
		case d.isOnlySum && c.recordedEnds(path) != "":
			c.report.Add(Converted(c.Root, versionText(d.block.Version), "vendor/"+path, c.recordedEnds(path)))
		case d.isOnlySum:
			unrecorded[d.block] = append(unrecorded[d.block], path)
		default:
			found = append(found, d)
		}
	}
	c.pairRenamed(found)
	for _, d := range found {
		if d.renamedTo == nil {
			c.report.Add(d.finding(c))
		}
	}
	for b, paths := range unrecorded {
		if c.byModule[b.Version] == nil {
			continue // said of the module
		}
		c.addStale(b.Version, "does not have vendor/ as it is: "+some(paths))
	}
}

// some returns a few of the names.
func some(names []string) string {
	const max = 3
	if len(names) <= max {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more files", strings.Join(names[:max], ", "), len(names)-max)
}

// isCompared reports whether a module's source was read.
func (c *check) isCompared(b *vendorlist.Block) bool {
	s := c.sources[b]
	return s != nil && s.fault == ""
}

// A different is a file that is not what it should be.
type different struct {
	path                   string
	file                   *File // nil if it is missing
	block                  *vendorlist.Block
	print                  string // the fingerprint that it should have, "" if it should not be there
	by                     string // what says so
	severity               finding.Severity
	isOnlySum              bool // it is vendor.sum that is wrong
	renamedTo, renamedFrom *different
}

// different returns how the file at a path differs, or nil if it does not matter
// or is said elsewhere.
func (c *check) different(path string) *different {
	d := &different{path: path, file: c.tree.File(path), severity: finding.High}
	if d.file != nil && (!d.file.Mode.IsRegular() || d.file.Err != nil) {
		return nil
	}
	rec, isRecorded := c.recorded[path]
	right := c.right[path]
	switch {
	case d.file != nil:
		d.block = d.file.Block
	case len(right) > 0:
		d.block = right[0].source.block
	default:
		d.block = c.tree.List.Block(rec.module.Version)
	}
	if d.block == nil {
		switch {
		case d.file == nil, isRecorded && !c.tree.hasTxt && !c.differs[path]:
			return nil // its module is gone from modules.txt, or that is gone, as is said
		case isRecorded && !c.tree.hasTxt:
			d.print, d.by = rec.print, vendorsum.Name
			return d
		}
		d.by = "of no package that modules.txt lists"
		return d
	}
	if !c.isCompared(d.block) {
		if c.sum == nil || c.byModule[d.block.Version] == nil || !c.differs[path] {
			return nil // nothing to compare it with
		}
		if isRecorded {
			d.print = rec.print
		}
		d.by = vendorsum.Name
		return d
	}
	isRight := c.isRight(path) || d.file == nil && len(right) == 0
	if len(right) > 0 {
		d.print = vendorsum.Print(right[0].sum)
	}
	d.by = versionText(d.block.Source())
	switch {
	case isRight && !c.differs[path]:
		return nil
	case isRight:
		d.isOnlySum = true
	case d.block.IsDir() && (c.sum == nil || !c.differs[path]):
		d.severity = finding.Medium
	}
	return d
}

// finding returns what is to be said about the file.
func (d *different) finding(c *check) finding.Finding {
	f := finding.Finding{Severity: d.severity, File: "vendor/" + d.path, Hint: fork}
	if d.block != nil {
		f.Module = versionText(d.block.Version)
	}
	if d.severity == finding.Medium {
		f.Hint = c.refill()
	}
	switch {
	case d.renamedFrom != nil:
		f.Rule, f.Message = "vendor-renamed", d.renamedText()
	case d.file == nil:
		f.Rule, f.Message = "vendor-missing", "is missing, and is in "+d.by
	case d.block == nil:
		f.Rule, f.Message = "vendor-unlisted", "is "+d.by
	case d.print == "":
		f.Rule, f.Message = "vendor-added", "was added: it is not in "+d.by
		if d.by != vendorsum.Name && !d.block.IsDir() {
			f.Message = "was added: go mod vendor does not copy it from " + d.by
		}
	default:
		if ends := c.convertedEnds(d); ends != "" {
			return Converted(c.Root, f.Module, f.File, ends)
		}
		f.Rule, f.Message = "vendor-edited", "is not what "+d.by+" has"
	}
	return f
}

func (d *different) renamedText() string {
	from := d.renamedFrom.path
	if strings.EqualFold(from, d.path) {
		return "differs in case from " + path.Base(from) + ", which is missing"
	}
	return "is missing as vendor/" + from + ", of which it has the content"
}

// pairRenamed finds files that are there under another name. Empty ones are all
// alike.
func (c *check) pairRenamed(found []*different) {
	missing := make(map[string][]*different)
	for _, d := range found {
		if d.file == nil && d.print != "" {
			missing[d.print] = append(missing[d.print], d)
		}
	}
	for _, d := range found {
		if d.file == nil || d.print != "" || d.file.Size == 0 {
			continue
		}
		print := vendorsum.Print(d.file.Sum)
		all := missing[print]
		if len(all) == 0 {
			continue
		}
		i := slices.IndexFunc(all, func(m *different) bool { return strings.EqualFold(m.path, d.path) })
		i = max(i, 0)
		d.renamedFrom, all[i].renamedTo = all[i], d
		missing[print] = slices.Delete(all, i, i+1)
	}
}
