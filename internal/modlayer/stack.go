package modlayer

import (
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modpair"
)

// A Stack is a whole modfile and the layers over it, the lowest first.
type Stack struct {
	Root  string // directory of the module's go.mod
	Files []*File
}

// Top returns the uppermost file.
func (s *Stack) Top() *File { return s.Files[len(s.Files)-1] }

// Lower returns the stack without its uppermost file.
func (s *Stack) Lower() *Stack { return &Stack{s.Root, s.Files[:len(s.Files)-1]} }

// Upto returns the n lowest files.
func (s *Stack) Upto(n int) *Stack { return &Stack{s.Root, s.Files[:n]} }

// names returns the files' base names as a list.
func (s *Stack) names() string {
	names := make([]string, len(s.Files))
	for i, f := range s.Files {
		names[i] = filepath.Base(f.Path)
	}
	return strings.Join(names, ", ")
}

// NameOf returns the path of one of the files, or of its sums, as the user
// sees it.
func (s *Stack) NameOf(path string) string {
	for _, f := range s.Files {
		switch path {
		case f.Path:
			return f.Name
		case f.SumPath():
			return modpair.SumPath(f.Name)
		}
	}
	return path
}

// With returns the stack with other content in the file at index i.
func (s *Stack) With(i int, data, sum []byte) (*Stack, error) {
	if len(sum) == 0 {
		sum = nil // no file
	}
	if data == nil {
		data = []byte{} // a layer that becomes empty stays: the policy names it
	}
	f := &File{Path: s.Files[i].Path, Name: s.Files[i].Name, Data: data, Sum: sum}
	if err := f.parse(); err != nil {
		return nil, err
	}
	files := append([]*File(nil), s.Files...)
	files[i] = f
	return &Stack{s.Root, files}, nil
}

// A Merged is what the files of a stack say together.
type Merged struct {
	Mod []byte
	Sum []byte

	file    *modfile.File
	lines   map[id]diag.Pos // where each statement comes from
	changed map[id]diag.Pos // the statements of layers, and their drop directives
}

// Merge lays the files over one another. Errors are faults in a layer: one
// that drops what is not there, one whose sums contradict those below it.
func (s *Stack) Merge() (*Merged, error) {
	base := s.Files[0]
	f, err := parseWhole(base.Name, base.Data)
	if err != nil {
		return nil, err
	}
	m := &Merged{file: f, lines: make(map[id]diag.Pos), changed: make(map[id]diag.Pos)}
	for i, file := range s.Files {
		all := statements(file.mod)
		if i > 0 {
			if err := m.lay(file, all); err != nil {
				return nil, err
			}
		}
		for _, s := range all {
			m.lines[s.id] = file.pos(s.line)
		}
	}
	f.Cleanup()
	m.Mod = modfile.Format(f.Syntax)
	m.Sum, err = mergeSums(s.Files)
	return m, err
}

// lay lays one layer over what is merged so far.
func (m *Merged) lay(layer *File, all []stmt) error {
	have := index(statements(m.file))
	for _, d := range layer.drops {
		if _, ok := have[d.id]; !ok {
			return &diag.Error{Pos: d.pos, Msg: "there is no " + d.id.String() + " to drop", Hint: "remove the directive"}
		}
		if err := drop(m.file, d.id); err != nil {
			return &diag.Error{Pos: d.pos, Msg: err.Error()}
		}
		m.changed[d.id] = d.pos
	}
	for _, single := range []bool{false, true} { // a replacement of all versions takes those of single ones away
		for _, s := range all {
			if isSingleReplace(s.id) != single {
				continue
			}
			if err := set(m.file, s); err != nil {
				return &diag.Error{Pos: layer.pos(s.line), Msg: err.Error()}
			}
			m.changed[s.id] = layer.pos(s.line)
		}
	}
	m.file.Cleanup()
	return nil
}

// isSingleReplace reports whether i replaces one version of a module.
func isSingleReplace(i id) bool { return i.verb == "replace" && i.version != "" }

// File returns the merged modfile. It must not be changed.
func (m *Merged) File() *modfile.File { return m.file }

// ModuleChange returns a statement of a layer that changes which modules
// are built from, and its line; none if no layer does.
func (m *Merged) ModuleChange() (what string, pos diag.Pos) {
	for i, at := range m.changed {
		if (i.verb == "require" || i.verb == "replace" || i.verb == "tool") && (what == "" || i.String() < what) {
			what, pos = i.String(), at
		}
	}
	return what, pos
}

// RequirePos returns the line that sets the version of a required module.
func (m *Merged) RequirePos(path string) diag.Pos { return m.lines[id{verb: "require", path: path}] }

// ReplacePos returns the line that replaces a module, or one version of it.
func (m *Merged) ReplacePos(path, version string) diag.Pos {
	return m.lines[id{"replace", path, version}]
}
