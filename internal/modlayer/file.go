// Package modlayer lays modfiles over one another.
//
// A layer is a modfile without a module line that holds only differences from
// the go.mod below it: other versions, replacements, tools, new modules, and
// directives that drop lines. Merged with go.mod it is a complete modfile,
// which the go command gets in go.mod's place; what a go command then writes
// to the merged file is carried back to the layer as differences.
//
// A modfile with a module line is a whole one: it stands in go.mod's place by
// itself, and layers may lie over it in turn.
//
// Relative paths in replace lines start at the module's root, wherever the
// layer lies, as with -modfile.
package modlayer

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/textfile"
)

// A File is a modfile and its sums, as read.
type File struct {
	Path string // absolute
	Name string // as shown to the user
	Data []byte
	Sum  []byte // of the .sum file beside it; nil if there is none

	mod   *modfile.File
	drops []dropped
}

// SumPath returns the path of the file with the sums.
func (f *File) SumPath() string { return modpair.SumPath(f.Path) }

// IsWhole reports whether the file is no layer: it names the module.
func (f *File) IsWhole() bool { return f.mod.Module != nil }

// parse parses f.Data. Versions of a layer must be canonical; in a whole
// modfile the go command itself resolves those that are not.
func (f *File) parse() (err error) {
	if modfile.ModulePath(f.Data) != "" {
		f.mod, err = parseWhole(f.Name, f.Data)
		return err
	}
	if f.mod, err = modfile.Parse(f.Name, f.Data, canonical); err != nil {
		return syntaxError(f.Name, err)
	}
	if f.drops, err = parseDrops(f.Name, f.Data); err != nil {
		return err
	}
	return f.checkLayer()
}

// canonical refuses a version that the go command would have to look up.
func canonical(path, version string) (string, error) {
	if module.CanonicalVersion(version) == version {
		return version, nil
	}
	return "", &module.ModuleError{
		Path: path,
		Err:  &module.InvalidVersionError{Version: version, Err: errors.New("must be of the form v1.2.3")},
	}
}

func parseWhole(name string, data []byte) (*modfile.File, error) {
	f, err := modfile.Parse(name, data, func(_, version string) (string, error) { return version, nil })
	if err != nil {
		return nil, syntaxError(name, err)
	}
	return f, nil
}

// syntaxError returns the first of the errors that parsing found.
func syntaxError(name string, err error) error {
	var list modfile.ErrorList
	if !errors.As(err, &list) || len(list) == 0 {
		return &diag.Error{Pos: diag.Pos{File: name}, Msg: err.Error()}
	}
	first := list[0]
	pos := diag.Pos{File: name, Line: first.Pos.Line, Col: first.Pos.LineRune}
	first.Filename, first.Pos = "", modfile.Position{}
	return &diag.Error{Pos: pos, Msg: strings.Join(strings.Fields(first.Error()), " ")} // a usage is on two lines
}

// maxLayer is how many lines and directives a layer may have. To set or drop one
// looks through all the others (modfile.AddRequire), which for a million takes
// minutes. A whole modfile is taken as it is, and needs no bound.
const maxLayer = 10_000

// checkSize refuses a layer that is too large.
func (f *File) checkSize(all []stmt) error {
	var pos diag.Pos
	switch {
	case len(all) > maxLayer:
		pos = f.pos(all[maxLayer].line)
	case len(f.drops) > maxLayer-len(all):
		pos = f.drops[maxLayer-len(all)].pos
	default:
		return nil
	}
	return &diag.Error{
		Pos:  pos,
		Msg:  "the layer has more than " + strconv.Itoa(maxLayer) + " lines and drop directives",
		Hint: "a modfile with a module line has no such bound: it takes go.mod's place",
	}
}

// checkLayer refuses what a layer cannot say.
func (f *File) checkLayer() error {
	all := statements(f.mod)
	if err := f.checkSize(all); err != nil {
		return err
	}
	drops := dropsByID(f.drops)
	seen := make(map[id]stmt)
	for _, s := range all {
		if old, ok := seen[s.id]; ok && old.value != s.value {
			return &diag.Error{Pos: f.pos(s.line), Msg: s.id.String() + " stands here twice", Hint: "the other is at " + f.pos(old.line).String()}
		}
		seen[s.id] = s
		if d, ok := drops[s.id]; ok {
			return &diag.Error{Pos: d.pos, Msg: s.id.String() + " is both dropped and set", Hint: "to change a line, it need not be dropped"}
		}
	}
	return nil
}

// pos returns the place of a line of the file.
func (f *File) pos(line *modfile.Line) diag.Pos {
	return diag.Pos{File: f.Name, Line: line.Start.Line, Col: line.Start.LineRune}
}

// checkReplaced refuses replacements by a directory that is not there.
func (f *File) checkReplaced(root string) error {
	for _, r := range f.mod.Replace {
		if r.New.Version != "" {
			continue
		}
		if info, err := os.Stat(filepath.Join(replacedDir(root, r.New.Path), "go.mod")); err != nil || info.IsDir() {
			return &diag.Error{
				Pos:  f.pos(r.Syntax),
				Msg:  r.Old.Path + " is replaced by " + r.New.Path + ", where there is no go.mod",
				Hint: "the path starts at " + root,
			}
		}
	}
	return nil
}

// replacedDir returns the directory that a replace line names.
func replacedDir(root, path string) string {
	dir := filepath.FromSlash(path)
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root, dir)
	}
	return dir
}

// ReadFile reads a modfile or its sums; what is not there is nil. A pipe or a
// device is refused: it might never end.
func ReadFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "reading", Path: path, Err: errors.New("not a regular file")}
	}
	if err != nil {
		return nil, err
	}
	data, err := textfile.Read(path, textfile.Max)
	if data == nil && err == nil {
		data = []byte{}
	}
	return data, err
}
