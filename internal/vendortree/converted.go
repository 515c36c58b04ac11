package vendortree

import (
	"bytes"
	"crypto/sha256"
	"path/filepath"

	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendorsum"
)

// maxConverted is the size of files, in bytes, up to which it is found out whether
// only ends of lines differ.
const maxConverted = 64 << 20

// A converted is a file with other ends of lines than it has.
type converted struct {
	ends string // those that it has
	sum  [sha256.Size]byte
}

// conversions returns a file with LF and with CRLF at the ends of its lines. There
// are none if it is too large or cannot be read.
func (t *Tree) conversions(f *File) []converted {
	if f.Size > maxConverted {
		return nil
	}
	data, err := textfile.Read(filepath.Join(t.Dir, filepath.FromSlash(f.Path)), maxConverted)
	if err != nil {
		return nil
	}
	lf := vendorlist.UnixLines(data)
	return []converted{
		{"CRLF", sha256.Sum256(lf)},
		{"LF", sha256.Sum256(bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n")))},
	}
}

// convertedEnds returns the name of the ends of lines that a file has, if it would be
// right with the others. Fingerprints are too short to say so: it takes the hash of
// its source, or that of all files of its module.
func (c *check) convertedEnds(d *different) string {
	right := c.right[d.path]
	if len(right) == 0 {
		return c.recordedEnds(d.path)
	}
	for _, to := range c.tree.conversions(d.file) {
		if right[0].sum == to.sum {
			return to.ends
		}
	}
	return ""
}

// recordedEnds returns the name of the ends of lines that a file has, if it would be
// as vendor.sum has it with the others.
func (c *check) recordedEnds(path string) string {
	rec, f := c.recorded[path], c.tree.File(path)
	if f == nil || !c.isOnlyConverted(rec.module) {
		return ""
	}
	for _, to := range c.tree.conversions(f) {
		if vendorsum.Print(to.sum) == rec.print {
			return to.ends
		}
	}
	return ""
}

// isOnlyConverted reports whether the files of a module have the hash that vendor.sum
// says once the ends of lines are those that the fingerprints say.
func (c *check) isOnlyConverted(m *vendorsum.Module) bool {
	if m == nil {
		return false
	}
	is, known := c.onlyConverted[m]
	if !known {
		is = c.treeOf(m) == m.Tree
		c.onlyConverted[m] = is
	}
	return is
}

// treeOf returns the hash of a module's files with the ends of lines that their
// fingerprints say, "" if one of them differs otherwise.
func (c *check) treeOf(m *vendorsum.Module) string {
	var files []vendorsum.Hashed
	for _, f := range m.Files {
		at := c.tree.File(m.Path + "/" + f.Name)
		if at == nil || !at.Mode.IsRegular() || at.Err != nil {
			return ""
		}
		sum := at.Sum
		if vendorsum.Print(sum) != f.Print {
			is := false
			for _, to := range c.tree.conversions(at) {
				if vendorsum.Print(to.sum) == f.Print {
					sum, is = to.sum, true
				}
			}
			if !is {
				return ""
			}
		}
		files = append(files, vendorsum.Hashed{Name: f.Name, Sum: sum})
	}
	return vendorsum.Tree(files)
}
