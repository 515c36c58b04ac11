// Package vendorlist reads vendor/modules.txt and compares it with the go.mod files in
// force.
package vendorlist

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/internal/vendorsum"
)

// Name is the name of the file that lists modules and packages.
const Name = "modules.txt"

// A List is the content of modules.txt, read as the go command does it
// (cmd/go/internal/modload.readVendorList). All of its text is in Blocks and Rest.
type List struct {
	IsWork bool     // it is of a workspace
	Blocks []*Block // of modules, in its order
	Rest   []byte   // the lines before the first block, and the replacements at the end
	Unused []*Block // those replacements: of modules that nothing is vendored of
	Faults []Fault  // lines that the go command passes over

	packages map[string]*Block
	blocks   map[module.Version]*Block
}

// A Block is what is said of one module version.
type Block struct {
	module.Version
	Line     int            // of its first line, from 1
	Replace  module.Version // what stands in its place, "" if nothing does
	Explicit bool           // a go.mod requires it
	Go       string         // the go line of its go.mod
	Packages []string       // in its order
	Text     []byte         // its lines

	isFaulty bool
}

// Source returns what the module's files come from: a module version or, without
// a version, a directory.
func (b *Block) Source() module.Version {
	if b.Replace.Path != "" {
		return b.Replace
	}
	return b.Version
}

// IsDir reports whether the module's files come from a directory.
func (b *Block) IsDir() bool { return b.Replace.Path != "" && b.Replace.Version == "" }

// A Fault is a line of modules.txt that is not as go mod vendor writes it.
type Fault struct {
	Line int
	Msg  string
}

// Package returns the module that has the package by the list, or nil.
func (l *List) Package(path string) *Block { return l.packages[path] }

// Block returns the block of the module version, or nil.
func (l *List) Block(m module.Version) *Block { return l.blocks[m] }

// ReadText returns the text of the modules.txt in the vendor directory dir,
// nil if there is none. One of more than [vendorsum.MaxSize] bytes is an error.
func ReadText(dir string) ([]byte, error) {
	data, err := textfile.Read(filepath.Join(dir, Name), vendorsum.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &diag.Error{Msg: err.Error()}
	}
	return data, nil
}

// Parse reads the text of a modules.txt.
func Parse(data []byte) *List {
	l := &List{IsWork: bytes.HasPrefix(data, []byte("## workspace")), packages: make(map[string]*Block), blocks: make(map[module.Version]*Block)}
	var all []*Block
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		if strings.HasPrefix(line, "# ") {
			b := &Block{Line: n, Text: []byte(line)}
			if fault := b.head(strings.Fields(line)); fault != "" {
				l.add(b, n, fault)
			}
			all = append(all, b)
			continue
		}
		if len(all) == 0 {
			l.Rest = append(l.Rest, line...)
			if !l.IsWork || n > 1 {
				l.Faults = append(l.Faults, Fault{n, "belongs to no module"})
			}
			continue
		}
		b := all[len(all)-1]
		b.Text = append(b.Text, line...)
		if fault := b.line(strings.TrimRight(line, "\r\n"), l.packages); fault != "" {
			l.add(b, n, fault)
		}
	}
	used := len(all)
	for used > 0 && all[used-1].isUnused() {
		used--
	}
	l.Blocks, l.Unused = all[:used], all[used:]
	for _, b := range slices.Backward(l.Blocks) {
		l.blocks[b.Version] = b // the first, if there are several
	}
	for _, b := range l.Unused {
		l.Rest = append(l.Rest, b.Text...)
	}
	l.checkOrder()
	return l
}

// add adds a fault of a block.
func (l *List) add(b *Block, line int, msg string) {
	l.Faults = append(l.Faults, Fault{line, msg})
	b.isFaulty = true
}

// head reads the fields of a line that begins a block, and returns what the go
// command does not understand of it.
func (b *Block) head(f []string) (fault string) {
	switch {
	case len(f) < 3:
		return "malformed module line"
	case semver.IsValid(f[2]):
		b.Version, f = module.Version{Path: f[1], Version: f[2]}, f[3:]
	case f[2] == "=>":
		b.Path, f = f[1], f[2:]
	default:
		return "malformed module line"
	}
	switch {
	case len(f) == 0:
	case len(f) == 2 && f[0] == "=>":
		b.Replace.Path = f[1]
	case len(f) == 3 && f[0] == "=>" && semver.IsValid(f[2]):
		b.Replace = module.Version{Path: f[1], Version: f[2]}
	default:
		return "malformed replacement"
	}
	return ""
}

// line reads another line of a block, and returns what the go command does not
// understand of it.
func (b *Block) line(text string, packages map[string]*Block) (fault string) {
	if b.Path == "" {
		return "belongs to no module"
	}
	if notes, ok := strings.CutPrefix(text, "## "); ok {
		for note := range strings.SplitSeq(notes, ";") {
			note = strings.TrimSpace(note)
			if version, ok := strings.CutPrefix(note, "go "); ok {
				b.Go = version
			} else if note == "explicit" {
				b.Explicit = true
			} else {
				fault = "malformed annotation"
			}
		}
		return fault
	}
	if f := strings.Fields(text); len(f) != 1 || module.CheckImportPath(f[0]) != nil {
		return "malformed package line"
	} else if b.Path != f[0] && !strings.HasPrefix(f[0], b.Path+"/") {
		fault = "the package is not below its module"
	} else if packages[f[0]] != nil {
		fault = "the package is listed twice"
	}
	pkg := strings.TrimSpace(text)
	b.Packages = append(b.Packages, pkg)
	packages[pkg] = b
	return fault
}

// text returns the lines of the block as go mod vendor writes them.
func (b *Block) text() string {
	text := "# " + b.Path
	if b.Version.Version != "" {
		text += " " + b.Version.Version
	}
	if b.Replace.Path != "" {
		text += " => " + b.Replace.Path
	}
	if b.Replace.Version != "" {
		text += " " + b.Replace.Version
	}
	switch {
	case b.Explicit && b.Go != "":
		text += "\n## explicit; go " + b.Go
	case b.Explicit:
		text += "\n## explicit"
	case b.Go != "":
		text += "\n## go " + b.Go
	}
	for _, pkg := range b.Packages {
		text += "\n" + pkg
	}
	return text + "\n"
}

// UnixLines returns a text without carriage returns at the ends of lines.
func UnixLines(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

// isUnused reports whether the block can be one of the replacements at the end.
func (b *Block) isUnused() bool {
	return b.Replace.Path != "" && bytes.Count(bytes.TrimRight(b.Text, "\r\n"), []byte("\n")) == 0
}

// checkOrder checks that the modules and the packages of each are in the order in
// which go mod vendor writes them, so that it need not be kept elsewhere.
func (l *List) checkOrder() {
	for i, b := range l.Blocks {
		if i > 0 && Compare(l.Blocks[i-1].Version, b.Version) >= 0 {
			l.add(b, b.Line, "the module is not in its place")
		}
		if !slices.IsSorted(b.Packages) {
			l.add(b, b.Line, "the packages of the module are not sorted")
		}
		if !b.isFaulty && string(UnixLines(b.Text)) != b.text() {
			l.add(b, b.Line, "the lines of the module are not written as go mod vendor does it")
		}
	}
	slices.SortStableFunc(l.Faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
}

// Compare compares module versions (cmd/go/internal/gover.ModSort).
func Compare(a, b module.Version) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), semver.Compare(a.Version, b.Version), cmp.Compare(a.Version, b.Version))
}
