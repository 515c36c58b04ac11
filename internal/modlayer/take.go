package modlayer

import (
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
)

// A Statement is a line of a modfile as those see it who compare modfiles or
// move lines between them.
type Statement struct {
	Verb    string // "require"
	Path    string // of a module, a package or a directory; the key of a godebug; "" for go and toolchain
	Version string // of an exclude, and of a replace that is for one version
	Text    string // what the line says of it: a version, "example.com/fork v1.0.1", ""
	Dropped bool   // it is a drop directive
	Pos     diag.Pos

	Replaced module.Version // of a replace, what takes the place; without a version it is a directory
}

// Name says what the statement is about, as a drop directive does.
func (s Statement) Name() string { return s.id().String() }

func (s Statement) id() id { return id{s.Verb, s.Path, s.Version} }

func exported(s stmt, pos diag.Pos) Statement {
	e := Statement{Verb: s.verb, Path: s.path, Version: s.id.version, Text: s.text, Pos: pos}
	if s.verb == "replace" {
		e.Replaced = module.Version{Path: s.text, Version: s.value.version}
		e.Text = strings.TrimSpace(s.text + " " + s.value.version)
	}
	return e
}

// Statements returns the statements of the merged modfile in a fixed order,
// each with the line that it comes from.
func (m *Merged) Statements() []Statement {
	var all []Statement
	for _, s := range sorted(index(statements(m.file))) {
		all = append(all, exported(s, m.lines[s.id]))
	}
	return all
}

// Statements returns the statements of the file in a fixed order, and behind
// them its drop directives.
func (f *File) Statements() []Statement {
	var all []Statement
	for _, s := range sorted(index(statements(f.mod))) {
		all = append(all, exported(s, f.pos(s.line)))
	}
	for _, d := range f.drops {
		all = append(all, Statement{Verb: d.verb, Path: d.path, Version: d.version, Dropped: true, Pos: d.pos})
	}
	return all
}

// Part returns a layer that has only the lines of f for which keep holds.
// They keep their places, and the layer keeps all sums.
func (f *File) Part(keep func(Statement) bool) (*File, error) {
	mod, err := modfile.Parse(f.Name, f.Data, canonical)
	if err != nil {
		return nil, syntaxError(f.Name, err)
	}
	part := &File{Path: f.Path, Name: f.Name, Data: f.Data, Sum: f.Sum, mod: mod}
	for i, s := range index(statements(mod)) {
		if !keep(exported(s, f.pos(s.line))) {
			if err := drop(mod, i); err != nil {
				return nil, err
			}
		}
	}
	for _, d := range f.drops {
		if keep(Statement{Verb: d.verb, Path: d.path, Version: d.version, Dropped: true, Pos: d.pos}) {
			part.drops = append(part.drops, d)
		}
	}
	return part, nil
}

// Over returns the stack with one more layer.
func (s *Stack) Over(layer *File) *Stack {
	return &Stack{s.Root, append(append([]*File(nil), s.Files...), layer)}
}

// Take returns the stack with what a layer over it says in its uppermost file,
// comments included.
func (s *Stack) Take(layer *File) (*Stack, error) {
	merged, err := s.Over(layer).Merge()
	if err != nil {
		return nil, err
	}
	data, sums, err := s.WriteBack(merged.Mod, merged.Sum, Exact)
	if err != nil {
		return nil, err
	}
	if data, err = withComments(s.Top().Name, data, layer); err != nil {
		return nil, err
	}
	return s.With(len(s.Files)-1, data, sums)
}

// withComments gives the lines of a modfile that stand in the layer too the
// comments of the layer, beside those that they have.
func withComments(name string, data []byte, layer *File) ([]byte, error) {
	f, err := parseWhole(name, data)
	if err != nil {
		return nil, err
	}
	from, changed := index(statements(layer.mod)), false
	for i, s := range index(statements(f)) {
		if old, ok := from[i]; ok && old.value == s.value {
			changed = addComments(s.line, old) || changed
		}
	}
	if !changed {
		return data, nil
	}
	return format(f), nil
}

// addComments adds the comments of a layer's statement to a line, and reports
// whether there were any to add. One behind the statement goes above a line that
// has one there already.
func addComments(line *modfile.Line, from stmt) bool {
	before, suffix := len(line.Before), len(line.Suffix)
	has := func(c modfile.Comment) bool {
		return slices.ContainsFunc(slices.Concat(line.Before, line.Suffix), func(d modfile.Comment) bool { return d.Token == c.Token })
	}
	for _, c := range from.line.Before {
		if !strings.HasPrefix(c.Token, directive) && !has(c) {
			line.Before = append(line.Before, c)
		}
	}
	for _, c := range from.line.Suffix {
		switch {
		case from.indirect || has(c):
		case suffix == 0:
			line.Suffix = append(line.Suffix, c)
		default:
			line.Before = append(line.Before, modfile.Comment{Token: c.Token})
		}
	}
	return len(line.Before) > before || len(line.Suffix) > suffix
}

// Index returns which file of the stack has the given path, or -1.
func (s *Stack) Index(path string) int {
	for i, f := range s.Files {
		if f.Path == path {
			return i
		}
	}
	return -1
}

// A Difference is a line that two modfiles have differently.
type Difference struct {
	Statement // which line; Text and Pos are those of the first modfile that has it
	A, B      string
	InA, InB  bool
}

// Compare returns how a and b differ, in the order of [Merged.Statements].
// Comments do not count.
func Compare(a, b *Merged) []Difference {
	inA, inB := index(statements(a.file)), index(statements(b.file))
	union := make(map[id]stmt)
	for _, m := range []map[id]stmt{inB, inA} {
		for i, s := range m {
			union[i] = s
		}
	}
	var all []Difference
	for _, s := range sorted(union) {
		x, okA := inA[s.id]
		y, okB := inB[s.id]
		if okA == okB && x.value == y.value {
			continue
		}
		pos := a.lines[s.id]
		if !okA {
			pos = b.lines[s.id]
		}
		all = append(all, Difference{exported(s, pos), exported(x, pos).Text, exported(y, pos).Text, okA, okB})
	}
	return all
}
