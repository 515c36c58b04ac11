package modlayer

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
)

// Keep says what becomes of requirements of the files below that the wanted
// modfile does not have.
type Keep uint8

const (
	Exact Keep = iota // the layer drops them
	Loose             // they stay: to have them does no harm, and a directive would be in the way once they go
)

// WriteBack returns what the uppermost file of the stack and its sums must
// hold for the stack to say what mod and sum say. Of a layer the comments and
// the order are kept; what the files below say already is left out. The sums
// are nil if there are none.
//
// It is an error if a layer cannot say it: that the module has another name or
// other retractions, or a version such as master, which is still to be resolved.
func (s *Stack) WriteBack(mod, sum []byte, keep Keep) (data, sums []byte, err error) {
	top := s.Top()
	if top.IsWhole() {
		return mod, sum, nil
	}
	lower, err := s.Lower().Merge()
	if err != nil {
		return nil, nil, err
	}
	want, err := parseWhole(top.Name, mod)
	if fault := (*diag.Error)(nil); errors.As(err, &fault) { // its line is one of the merged file
		return nil, nil, &diag.Error{Pos: diag.Pos{File: top.Name}, Msg: fault.Msg + ": nothing is written", Hint: "go get resolves versions such as master"}
	}
	if err := sameModule(top, lower.file, want); err != nil {
		return nil, nil, err
	}
	if data, err = difference(top, lower.file, want, keep); err != nil {
		return nil, nil, err
	}
	if err := (&File{Name: top.Name, Data: data}).parse(); err != nil {
		return nil, nil, err // a version that only `go get` resolves
	}
	return data, SumsWithout(sum, lower.Sum), nil
}

// sameModule refuses changes that only go.mod itself can say.
func sameModule(layer *File, lower, want *modfile.File) error {
	what := ""
	switch {
	case want.Module == nil || want.Module.Mod.Path != lower.Module.Mod.Path:
		what = "the module line"
	case !slices.EqualFunc(want.Retract, lower.Retract, func(a, b *modfile.Retract) bool { return a.VersionInterval == b.VersionInterval }):
		what = "retract lines"
	default:
		return nil
	}
	return &diag.Error{
		Pos:  diag.Pos{File: layer.Name},
		Msg:  "a layer cannot change " + what + ": nothing is written",
		Hint: "name the file, go mod edit … go.mod, or choose an environment without a modfile",
	}
}

// difference returns the text of the layer that makes lower what want says. A
// replacement of all versions takes those of single ones below away: those
// that are still wanted stand beside it.
func difference(layer *File, lower, want *modfile.File, keep Keep) ([]byte, error) {
	low, wanted := index(statements(lower)), index(statements(want))
	changes := func(s stmt) bool {
		old, ok := low[s.id]
		return !ok || old.value != s.value
	}
	differs := func(s stmt) bool {
		all, ok := wanted[id{verb: "replace", path: s.path}]
		return changes(s) || isSingleReplace(s.id) && ok && changes(all)
	}
	isGone := func(i id) bool {
		_, inWant := wanted[i]
		_, inLow := low[i]
		return inWant || !inLow
	}
	text := withoutDrops(layer.Data, layer.drops, isGone)
	f, err := modfile.Parse(layer.Name, text, canonical)
	if err != nil {
		return nil, err
	}
	changed := len(text) != len(layer.Data)

	have := index(statements(f))
	for i := range have {
		if s, ok := wanted[i]; i.verb != "require" && (!ok || !differs(s)) {
			changed = true
			if err := drop(f, i); err != nil {
				return nil, err
			}
		}
	}
	var requires []*modfile.Require
	for _, s := range sorted(wanted) {
		switch {
		case !differs(s):
		case s.verb == "require":
			r := &modfile.Require{Indirect: s.indirect}
			r.Mod.Path, r.Mod.Version = s.path, s.text
			requires = append(requires, r)
		case have[s.id].line == nil || have[s.id].value != s.value:
			changed = true
			if err := set(f, s); err != nil {
				return nil, err
			}
		}
	}
	if !sameRequires(f.Require, requires) {
		changed = true
		f.SetRequireSeparateIndirect(requires)
	}
	missing := newDrops(layer, low, wanted, keep)
	if !changed && len(missing) == 0 {
		return layer.Data, nil
	}
	text = format(f)
	lost, err := lostDrops(layer, text, isGone)
	if err != nil {
		return nil, err
	}
	return appendDrops(text, append(lost, missing...)), nil
}

// lostDrops returns the directives of the layer that are still wanted and are
// not in text: to modfile, one above a line is a comment on that line, and goes
// with it.
func lostDrops(layer *File, text []byte, gone func(id) bool) ([]id, error) {
	left, err := parseDrops(layer.Name, text)
	if err != nil {
		return nil, err
	}
	seen := dropsByID(left)
	var lost []id
	for _, d := range layer.drops {
		if _, ok := seen[d.id]; !ok && !gone(d.id) {
			lost = append(lost, d.id)
		}
		seen[d.id] = d
	}
	return lost, nil
}

func format(f *modfile.File) []byte {
	f.Cleanup()
	return modfile.Format(f.Syntax)
}

// sorted returns the statements in a fixed order.
func sorted(m map[id]stmt) []stmt {
	all := make([]stmt, 0, len(m))
	for _, s := range m {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b stmt) int {
		return cmp.Or(cmp.Compare(a.verb, b.verb), cmp.Compare(a.path, b.path), cmp.Compare(a.id.version, b.id.version))
	})
	return all
}

func sameRequires(have, want []*modfile.Require) bool {
	if len(have) != len(want) {
		return false
	}
	versions := make(map[string]*modfile.Require)
	for _, r := range have {
		versions[r.Mod.Path] = r
	}
	for _, r := range want {
		old := versions[r.Mod.Path]
		if old == nil || old.Mod != r.Mod || old.Indirect != r.Indirect {
			return false
		}
	}
	return true
}

// newDrops returns what a layer must drop and does not yet.
func newDrops(layer *File, low, wanted map[id]stmt, keep Keep) []id {
	drops := dropsByID(layer.drops)
	var missing []id
	for _, s := range sorted(low) {
		_, inWant := wanted[s.id]
		_, isDropped := drops[s.id]
		if inWant || isDropped || droppable[s.verb] == nil || keep == Loose && s.verb == "require" {
			continue
		}
		every := id{verb: "replace", path: s.path}
		if all, ok := wanted[every]; isSingleReplace(s.id) && ok && all.value != low[every].value {
			continue
		}
		missing = append(missing, s.id)
	}
	return missing
}

func appendDrops(text []byte, drops []id) []byte {
	if len(drops) == 0 {
		return text
	}
	var b bytes.Buffer
	b.Write(text)
	if len(text) > 0 {
		b.WriteByte('\n')
	}
	for _, i := range drops {
		b.WriteString(directive + "drop " + i.String() + "\n")
	}
	return b.Bytes()
}
