// Package envdiff finds what differs between two environments, or two snapshots of
// one: the modules that they build from, their modfiles and sums, and their
// policies.
package envdiff

import (
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/gosum"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/shim"
)

// A Side is one of the two environments.
type Side struct {
	Modules  map[string]string // the version of each selected module
	Merged   *modlayer.Merged  // its modfile
	Settings []Setting         // of its policy
}

// A Setting is a line of a policy. Values are compared; what is shown in their
// place may have secrets left out.
type Setting struct {
	Name  string
	Value string
	Shown string
}

// A Group is a kind of difference.
type Group struct {
	Name string `json:"name"`
	Rows []Row  `json:"rows"`
}

// A Row is one difference: what the first environment has and what the second
// has, nil where it has nothing.
type Row struct {
	Name string  `json:"name"`
	A    *string `json:"a"`
	B    *string `json:"b"`
}

// SideOf returns the environment of a target. It runs go list -m all.
func SideOf(target *shim.Target) (*Side, error) {
	session, err := gorun.Open(target)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	side := &Side{}
	if side.Merged, err = session.Stack.Merge(); err != nil {
		return nil, err
	}
	side.Modules, err = session.Modules()
	return side, err
}

// Compare returns the groups in which the two differ.
func Compare(a, b *Side) []Group {
	replaced, lines := modfileRows(a.Merged, b.Merged)
	groups := []Group{
		{"modules", rows(a.Modules, b.Modules)},
		{"replacements", replaced},
		{"other lines of go.mod", lines},
		{"sums", sumRows(a.Merged.Sum, b.Merged.Sum)},
	}
	groups = append(groups, settingGroups(a.Settings, b.Settings)...)
	return slices.DeleteFunc(groups, func(g Group) bool { return len(g.Rows) == 0 })
}

// rows returns the differences of two sets of named values.
func rows(a, b map[string]string) []Row {
	var all []Row
	for _, name := range keys(a, b) {
		x, inA := a[name]
		y, inB := b[name]
		if inA == inB && x == y {
			continue
		}
		all = append(all, Row{name, cell(inA, x), cell(inB, y)})
	}
	return all
}

func cell(in bool, text string) *string {
	if !in {
		return nil
	}
	return &text
}

// keys returns the names in either set, sorted.
func keys(a, b map[string]string) []string {
	var names []string
	for _, m := range []map[string]string{a, b} {
		for name := range m {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// modfileRows returns the lines that differ but for require lines: what these
// come to are the modules.
func modfileRows(a, b *modlayer.Merged) (replaced, others []Row) {
	show := func(in bool, text string) *string {
		if text == "" {
			text = "there"
		}
		return cell(in, text)
	}
	for _, d := range modlayer.Compare(a, b) {
		row := Row{d.Name(), show(d.InA, d.A), show(d.InB, d.B)}
		switch d.Verb {
		case "require":
		case "replace":
			row.Name = strings.TrimPrefix(row.Name, "replace ")
			replaced = append(replaced, row)
		default:
			others = append(others, row)
		}
	}
	return replaced, others
}

// sumRows returns the hashes that differ. That one side has no hash is none: it
// does not need it.
func sumRows(a, b []byte) []Row {
	x, y := sums(a), sums(b)
	for what := range x {
		if _, ok := y[what]; !ok {
			delete(x, what)
		}
	}
	for what := range y {
		if _, ok := x[what]; !ok {
			delete(y, what)
		}
	}
	all := rows(x, y)
	for i := range all {
		all[i].Name, _, _ = strings.Cut(all[i].Name, "#")
	}
	return all
}

// sums returns the hash of each module version, and of its go.mod. Hashes of
// different algorithms cannot be compared.
func sums(data []byte) map[string]string {
	all := make(map[string]string)
	for m, hash := range gosum.Lines(data) {
		algorithm, _, _ := strings.Cut(hash, ":")
		all[m.Path+" "+m.Version+"#"+algorithm] = hash
	}
	return all
}

// settingGroups returns the settings that differ: variables, flags and others.
// A modfile, and what an environment inherits, are no differences in
// themselves: what they lead to is.
func settingGroups(a, b []Setting) []Group {
	groups := []Group{{Name: "variables"}, {Name: "flags"}, {Name: "settings"}}
	valueA, shownA := values(a)
	valueB, shownB := values(b)
	for _, row := range rows(valueA, valueB) {
		if row.A != nil {
			row.A = cell(true, shownA[row.Name])
		}
		if row.B != nil {
			row.B = cell(true, shownB[row.Name])
		}
		i := 2
		if name, ok := strings.CutPrefix(row.Name, "vars."); ok {
			i, row.Name = 0, name
		} else if name, ok := strings.CutPrefix(row.Name, "flags."); ok {
			i, row.Name = 1, name
		}
		if i == 2 && (row.Name == "modfile" || row.Name == "inherits") {
			continue
		}
		groups[i].Rows = append(groups[i].Rows, row)
	}
	return groups
}

// values returns the settings by name. Several of one name add up.
func values(settings []Setting) (value, shown map[string]string) {
	value, shown = make(map[string]string), make(map[string]string)
	for _, s := range settings {
		if old, ok := value[s.Name]; ok {
			s.Value, s.Shown = old+", "+s.Value, shown[s.Name]+", "+s.Shown
		}
		value[s.Name], shown[s.Name] = s.Value, s.Shown
	}
	return value, shown
}
