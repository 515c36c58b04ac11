package envdiff

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/goshim/goshim/internal/snapshot"
)

// Snapshots returns the groups in which what is built from differs between two
// snapshots: modules, replacements, sums of what both have, the toolchain, and
// the commits that the same module version was made of, where both know them.
func Snapshots(a, b *snapshot.Snapshot) []Group {
	x, y := fieldsOf(a), fieldsOf(b)
	for what := range x.sums {
		if _, ok := y.source[what]; !ok {
			delete(x.sums, what)
		}
	}
	for what := range y.sums {
		if _, ok := x.source[what]; !ok {
			delete(y.sums, what)
		}
	}
	groups := []Group{
		{"toolchain", rows(x.toolchain, y.toolchain)},
		{"modules", rows(x.modules, y.modules)},
		{"replacements", rows(x.replaced, y.replaced)},
		{"sums", rows(x.sums, y.sums)},
		{"origins", rowsOfBoth(x.origins, y.origins)},
	}
	return slices.DeleteFunc(groups, func(g Group) bool { return len(g.Rows) == 0 })
}

// Files returns the group of the modfiles whose texts differ, with the beginning
// of their hashes; it has no rows if none does.
func Files(a, b *snapshot.Snapshot) Group {
	hashes := func(s *snapshot.Snapshot) map[string]string {
		m := make(map[string]string)
		for _, f := range s.Files {
			sum := sha256.Sum256(f.Text())
			m[f.Name] = hex.EncodeToString(sum[:6])
		}
		return m
	}
	return Group{"files", rows(hashes(a), hashes(b))}
}

// fields are the parts of a snapshot by name.
type fields struct {
	toolchain, modules, replaced map[string]string
	sums, origins                map[string]string
	source                       map[string]bool // what can have a sum
}

func fieldsOf(s *snapshot.Snapshot) fields {
	f := fields{
		toolchain: map[string]string{"go": s.Go, "toolchain": s.Toolchain},
		modules:   make(map[string]string), replaced: make(map[string]string),
		sums: make(map[string]string), origins: make(map[string]string), source: make(map[string]bool),
	}
	for _, m := range s.Modules {
		f.modules[m.Path] = m.Version
		if m.Replaced != "" {
			f.replaced[m.Path] = m.Replaced
		}
		source, ok := m.Source()
		if !ok {
			continue
		}
		for suffix, sum := range map[string]string{"": m.Sum, "/go.mod": m.GoModSum} {
			what := source.Path + " " + source.Version + suffix
			f.source[what] = true
			if sum != "" {
				f.sums[what] = sum
			}
		}
		if m.Origin != nil {
			f.origins[source.Path+" "+source.Version] = m.Origin.Hash
		}
	}
	return f
}

// rowsOfBoth returns the differences of what both sets have.
func rowsOfBoth(a, b map[string]string) []Row {
	return slices.DeleteFunc(rows(a, b), func(r Row) bool { return r.A == nil || r.B == nil })
}
