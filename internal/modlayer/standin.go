package modlayer

import (
	"bytes"

	"golang.org/x/mod/modfile"
)

// Base returns what go.mod and its sums, the lowest file of the stack, must
// hold after a command has turned the merged files into mod and sum, where the
// layers stay as they are.
//
// Only what holds in every environment is carried: which modules the packages
// of this module import. Versions, and requirements that other modules have,
// may be as they are because of the layers.
func (s *Stack) Base(merged *Merged, mod, sum []byte) (data, sums []byte, err error) {
	base := s.Files[0]
	want, err := parseWhole(base.Name, mod)
	if err != nil {
		return nil, nil, err
	}
	f, err := parseWhole(base.Name, base.Data)
	if err != nil {
		return nil, nil, err
	}
	before, after := requires(merged.file), requires(want)
	var list []*modfile.Require
	changed := false
	for _, r := range f.Require {
		now := after[r.Mod.Path]
		switch {
		case merged.fromLayer(r.Mod.Path) || now == nil && r.Indirect:
		case now == nil:
			changed = true
			continue
		case now.Indirect != r.Indirect:
			changed = true
			r = &modfile.Require{Mod: r.Mod, Indirect: now.Indirect}
		}
		list = append(list, r)
	}
	for _, r := range want.Require {
		if before[r.Mod.Path] == nil && !r.Indirect {
			changed = true
			list = append(list, &modfile.Require{Mod: r.Mod})
		}
	}
	if data = base.Data; changed && !merged.changesPackages() {
		f.SetRequireSeparateIndirect(list)
		data = format(f)
	}
	return data, append(bytes.Clone(base.Sum), merged.newSums(sum)...), nil
}

// requires returns the requirements by module path.
func requires(f *modfile.File) map[string]*modfile.Require {
	m := make(map[string]*modfile.Require)
	for _, r := range f.Require {
		m[r.Mod.Path] = r
	}
	return m
}

// fromLayer reports whether a layer requires the module, or drops it.
func (m *Merged) fromLayer(path string) bool {
	_, ok := m.changed[id{verb: "require", path: path}]
	return ok
}

// changesPackages reports whether a layer changes which packages the module
// has.
func (m *Merged) changesPackages() bool {
	for i := range m.changed {
		if i.verb == "ignore" {
			return true
		}
	}
	return false
}

// newSums returns the lines of sum that the merged files do not have, without
// those of modules that layers require: theirs lie beside the layer.
func (m *Merged) newSums(sum []byte) []byte {
	var out []byte
	for text := range bytes.Lines(SumsWithout(sum, m.Sum)) {
		if path, _, _ := bytes.Cut(text, []byte(" ")); !m.fromLayer(string(path)) {
			out = append(out, text...)
		}
	}
	return out
}
