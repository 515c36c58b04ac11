package sumcase

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/gosum"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/textfile"
)

// A Requirer is a module that requires another one.
type Requirer struct {
	Module  string `json:"module"` // path@version, or the path of a main module
	Version string `json:"version"`
}

// An Explanation is what the lines of one module version mean.
type Explanation struct {
	Module   module.Version `json:"-"`
	Name     string         `json:"module"`
	Selected bool           `json:"selected"` // builds use it
	Zip      *Explained     `json:"zip,omitempty"`
	GoMod    *Explained     `json:"goMod,omitempty"`
	Vendor   *Line          `json:"vendorSum,omitempty"` // the zip that vendor/ came from, by vendor.sum
	Requires []Requirer     `json:"requiredBy"`
	Lacking  int            `json:"lacking,omitempty"` // modules whose go.mod is not here, so that more may require it
}

// Explained is one of the two hashes of a version.
type Explained struct {
	Lines   []Line    `json:"lines"`
	History *History  `json:"history,omitempty"` // of the first line
	Cache   []Witness `json:"cache"`
}

// Versions returns the versions of a module that go.sum has lines of or that
// builds select, the lowest first.
func (q *Inquiry) Versions(path string) []module.Version {
	var all []module.Version
	for _, m := range slices.Concat(q.Inputs.Sums.Versions(), q.graph(nil).Selected) {
		if m.Path == path {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b module.Version) int { return semver.Compare(a.Version, b.Version) })
	return slices.Compact(all)
}

// graph loads the module graph by the .mod files of the cache, and calls read
// with each of them.
func (q *Inquiry) graph(read func(module.Version, *modfile.File)) *modgraph.Graph {
	return q.Inputs.Load(func(m module.Version) ([]byte, error) {
		path, err := q.Cache.Path(m, modstore.Mod)
		if err != nil {
			return nil, err
		}
		data, err := textfile.Read(path, textfile.Max)
		if f, parseErr := modfile.ParseLax("go.mod", data, nil); read != nil && err == nil && parseErr == nil {
			read(m, f)
		}
		return data, err
	})
}

// Explain says what the lines of a version mean. It asks nobody.
func (q *Inquiry) Explain(ctx context.Context, m module.Version) *Explanation {
	x := &Explanation{Module: m, Name: m.String(), Requires: []Requirer{}}
	add := func(name string, f *modfile.File) {
		for _, r := range f.Require {
			if to, dir := q.Inputs.Replaced(r.Mod); dir == "" && to.Path == m.Path && semver.Compare(to.Version, m.Version) >= 0 || r.Mod == m {
				x.Requires = append(x.Requires, Requirer{name, r.Mod.Version})
			}
		}
	}
	for _, main := range q.Inputs.Mains {
		if main.File.Module != nil {
			add(main.File.Module.Mod.Path, main.File)
		}
	}
	n := len(x.Requires)
	g := q.graph(func(by module.Version, f *modfile.File) { add(by.String(), f) })
	slices.SortFunc(x.Requires[n:], func(a, b Requirer) int { return strings.Compare(a.Module, b.Module) })
	x.Selected = slices.Contains(q.Inputs.Built(g.Selected), m)
	x.Lacking = len(g.Lacking)
	x.Vendor = q.vendored(m)
	x.Zip = q.explained(ctx, m)
	x.GoMod = q.explained(ctx, module.Version{Path: m.Path, Version: m.Version + "/go.mod"})
	return x
}

// vendored returns the line of vendor.sum about the zip of a version, or nil.
func (q *Inquiry) vendored(m module.Version) *Line {
	path := filepath.Join(q.Inputs.Root(), "vendor.sum")
	data, err := textfile.Read(path, textfile.Max)
	if err != nil {
		return nil
	}
	for l := range gosum.All(data) {
		if f := l.Fields; len(f) == 4 && f[0] == m.Path && f[1] == m.Version && f[2] == "zip" {
			return &Line{File: q.Name(path), Line: l.N, Hash: f[3], path: path}
		}
	}
	return nil
}

func (q *Inquiry) explained(ctx context.Context, m module.Version) *Explained {
	e := &Explained{Lines: q.Lines(m), Cache: q.Held(m)}
	if len(e.Lines) == 0 {
		return nil
	}
	e.History = q.History(ctx, e.Lines[0], m)
	return e
}

// State says what a witness says of the lines.
func (w Witness) State(lines []Line) string {
	switch {
	case w.Hash == "":
		return w.Fault
	case slices.ContainsFunc(lines, func(l Line) bool { return l.Hash == w.Hash }):
		return "as go.sum says"
	}
	return "differs: " + w.Hash
}
