package vendorsync

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendorsum"
)

// A Result is what a sync has done, or, with [Options.Check], would do.
type Result struct {
	Root        string           `json:"root"`                   // absolute path of the directory with vendor/ and vendor.sum
	Tree        string           `json:"tree"`                   // hash of vendor/, "" if nothing is vendored
	Files       int              `json:"files"`                  // in vendor/, without modules.txt
	Modules     int              `json:"modules"`                // by modules.txt
	Vendor      bool             `json:"vendor_changed"`         // vendor/ was replaced
	Sum         bool             `json:"sum_changed"`            // vendor.sum was replaced
	Added       []module.Version `json:"added,omitempty"`        // module versions that were not vendored before
	Removed     []module.Version `json:"removed,omitempty"`      // that are no more
	Updated     []Update         `json:"updated,omitempty"`      // of which another version is
	Undone      []Undone         `json:"undone,omitempty"`       // what was done to vendor/ by hand
	Uncovered   []string         `json:"uncovered,omitempty"`    // module versions that come from a directory, of which go.sum has no hash
	NotVendored []string         `json:"not_vendored,omitempty"` // what cgo needs of modules and go mod vendor does not copy, in sentences

	old string // hash of vendor/ before
}

// IsChanged reports whether anything was to be done.
func (r *Result) IsChanged() bool { return r.Vendor || r.Sum }

// An Update is a module of which another version is vendored than before, or
// whose replacement is another one.
type Update struct {
	Path string `json:"path"`
	Old  string `json:"old"` // version, and replacement as in modules.txt
	New  string `json:"new"`
}

// An Undone is a file that somebody has edited, added or removed by hand, and that
// is now as it should be.
type Undone struct {
	File string `json:"file"` // with slashes, from the root
	What string `json:"what"` // "edited", "added", "removed"
}

// compare adds how the trees differ, of which either may be none. The sum is what
// vendor.sum has said about the old one, nil if nothing.
func (r *Result) compare(old, new tree, sum *vendorsum.Sum) {
	from, to := blocks(old), blocks(new)
	for _, path := range slices.Sorted(maps.Keys(to)) {
		was, is := from[path], to[path]
		switch {
		case was == nil:
			r.Added = append(r.Added, is.Version)
		case versionOf(was) != versionOf(is):
			r.Updated = append(r.Updated, Update{path, versionOf(was), versionOf(is)})
		}
	}
	for _, path := range slices.Sorted(maps.Keys(from)) {
		if to[path] == nil {
			r.Removed = append(r.Removed, from[path].Version)
		}
	}
	r.undone(old, new, sum)
}

// blocks returns the modules that a tree lists, by path.
func blocks(t tree) map[string]*vendorlist.Block {
	all := make(map[string]*vendorlist.Block)
	if t.Tree != nil {
		for _, b := range t.List.Blocks {
			all[b.Path] = b
		}
	}
	return all
}

// versionOf returns the version of a module with what it is replaced by.
func versionOf(b *vendorlist.Block) string {
	text := b.Version.Version
	if r := b.Replace; r.Path != "" {
		text = strings.TrimSpace(text + " => " + strings.TrimSpace(r.Path+" "+r.Version))
	}
	return text
}

// undone adds the files that were changed by hand. Of a module that is vendored
// as before, that is what the new tree has otherwise; of another one, what the old
// vendor.sum tells.
func (r *Result) undone(old, new tree, sum *vendorsum.Sum) {
	if old.Tree == nil {
		return
	}
	add := func(path, what string) { r.Undone = append(r.Undone, Undone{vendorName + "/" + path, what}) }
	isSame := func(b *vendorlist.Block) bool {
		if b == nil || new.Tree == nil || b.IsDir() {
			return false
		}
		now := new.List.Block(b.Version)
		return now != nil && now.Replace == b.Replace && slices.Equal(now.Packages, b.Packages)
	}
	prints := printsOf(sum)
	for _, f := range old.Files {
		print, isListed := prints[f.Path]
		isNew := new.files[f.Path] != ""
		switch {
		case new.files[f.Path] == old.files[f.Path]:
		case isListed && (!f.Mode.IsRegular() || vendorsum.Print(f.Sum) != print):
			add(f.Path, "edited")
		case isSame(f.Block) && isNew:
			add(f.Path, "edited")
		case !isNew && (f.Block == nil || isSame(f.Block) || sum != nil && !isListed):
			add(f.Path, "added")
		}
	}
	for _, path := range slices.Sorted(maps.Keys(new.files)) {
		if path == listName || old.files[path] != "" {
			continue
		}
		if _, isListed := prints[path]; isListed || isSame(old.List.Block(versionAt(new, path))) {
			add(path, "removed")
		}
	}
	if old.files[listName] != new.files[listName] && sum != nil && new.files[listName] != "" {
		r.undoneList(old, sum)
	}
}

// undoneList adds modules.txt if it was edited by hand.
func (r *Result) undoneList(old tree, sum *vendorsum.Sum) {
	for _, b := range old.List.Blocks {
		if m := sum.Module(b.Version); m == nil || m.List != vendorsum.Text(b.Text) {
			r.Undone = append(r.Undone, Undone{vendorName + "/" + listName, "edited"})
			return
		}
	}
}

// versionAt returns the module version that a file belongs to.
func versionAt(t tree, path string) module.Version {
	if f := t.File(path); f != nil && f.Block != nil {
		return f.Block.Version
	}
	return module.Version{}
}

// printsOf returns the fingerprints of a vendor.sum by the paths of files.
func printsOf(sum *vendorsum.Sum) map[string]string {
	prints := make(map[string]string)
	if sum == nil {
		return prints
	}
	for _, m := range sum.Modules {
		for _, f := range m.Files {
			prints[m.Path+"/"+f.Name] = f.Print
		}
	}
	return prints
}

// A BadError says that the new tree is not what go.sum says, or not what go.mod
// says any more, so that nothing is changed.
type BadError struct {
	Report *finding.Report
}

// Error names the worst finding.
func (e *BadError) Error() string {
	e.Report.Sort()
	first := e.Report.Findings[0]
	text := first.Message
	if where := cmp.Or(first.File, first.Module); where != "" {
		text = where + ": " + text
	}
	if n := len(e.Report.Findings) - 1; n > 0 {
		text += ", and " + strconv.Itoa(n) + " more"
	}
	return text + "; vendor/ is as it was"
}
