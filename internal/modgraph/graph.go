package modgraph

import (
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/textfile"
)

// A Graph is the module graph as far as the go.mod files tell that are here.
type Graph struct {
	Selected []module.Version // the build list without the main modules, by path
	Lacking  []module.Version // whose go.mod is needed and cannot be read; what lies behind them is not known
}

// A requirements is what a go.mod says.
type requirements struct {
	require []module.Version
	pruned  bool
}

// A loader finds build lists, from .mod files that are there already.
type loader struct {
	roots    *Roots
	read     func(module.Version) ([]byte, error) // the .mod file of a version
	loaded   map[module.Version]requirements
	selected map[string]string
	seen     map[visit]bool
	lacking  []module.Version
}

// A visit is one of the visits of cmd/go/internal/modload.readModGraph.
type visit struct {
	m      module.Version
	pruned bool
}

// Load reads the module graph. The function read returns the .mod file of a
// version that is not replaced by a directory. Of a module that lists all it
// needs, only the requirements are read, not theirs. A version whose .mod file
// cannot be read requires nothing.
func (r *Roots) Load(read func(module.Version) ([]byte, error)) *Graph {
	l := &loader{roots: r, read: read, loaded: make(map[module.Version]requirements), selected: make(map[string]string), seen: make(map[visit]bool)}
	var mains [][]module.Version
	for _, main := range r.Mains {
		reqs := l.requirementsOf(main.File)
		mains = append(mains, reqs.require)
		l.selectAll(reqs.require)
		for _, m := range reqs.require {
			l.visit(m, reqs.pruned)
		}
	}
	if r.Work != nil {
		l.reload(mains)
	}
	g := &Graph{Lacking: l.lacking}
	for path, version := range l.selected {
		g.Selected = append(g.Selected, module.Version{Path: path, Version: version})
	}
	module.Sort(g.Selected)
	module.Sort(g.Lacking)
	g.Lacking = slices.Compact(g.Lacking)
	return g
}

// visit reads what m requires. The modules that those require are read, too,
// unless m lists all it needs and whoever led here does.
func (l *loader) visit(m module.Version, pruned bool) {
	if l.seen[visit{m, pruned}] {
		return
	}
	l.seen[visit{m, pruned}] = true
	reqs := l.load(m)
	l.selectAll(reqs.require)
	if pruned && reqs.pruned {
		return
	}
	for _, r := range reqs.require {
		l.visit(r, pruned && reqs.pruned)
	}
}

// reload reads, in a workspace, the versions that are selected in the place of
// those that its modules require, and what these need.
func (l *loader) reload(lists [][]module.Version) {
	seen := make(map[module.Version]bool)
	for changed := true; changed; {
		changed = false
		for i := 0; i < len(lists); i++ {
			for _, r := range lists[i] {
				m := module.Version{Path: r.Path, Version: l.selected[r.Path]}
				if m == r || seen[m] {
					continue
				}
				seen[m], changed = true, true
				reqs := l.load(m)
				l.selectAll(reqs.require)
				for _, r := range reqs.require {
					l.visit(r, reqs.pruned)
				}
				lists = append(lists, reqs.require)
			}
		}
	}
}

func (l *loader) selectAll(all []module.Version) {
	for _, m := range all {
		if semver.Compare(m.Version, l.selected[m.Path]) > 0 {
			l.selected[m.Path] = m.Version
		}
	}
}

// load returns what the .mod file of a version, or of what replaces it, says.
func (l *loader) load(m module.Version) requirements {
	if reqs, ok := l.loaded[m]; ok {
		return reqs
	}
	var data []byte
	var err error
	to, dir := l.roots.Replaced(m)
	if dir != "" {
		data, err = textfile.Read(filepath.Join(dir, "go.mod"), textfile.Max)
	} else {
		data, err = l.read(to)
	}
	var f *modfile.File
	if err == nil {
		f, err = modfile.ParseLax("go.mod", data, nil)
	}
	var reqs requirements
	if err == nil {
		reqs = l.requirementsOf(f)
	} else {
		l.lacking = append(l.lacking, to)
	}
	l.loaded[m] = reqs
	return reqs
}

// requirementsOf returns what a go.mod requires, without the main modules and
// what they exclude.
func (l *loader) requirementsOf(f *modfile.File) requirements {
	reqs := requirements{pruned: isPruned(f)}
	for _, r := range f.Require {
		if !l.roots.IsMain(r.Mod.Path) && !l.roots.isExcluded(r.Mod) {
			reqs.require = append(reqs.require, r.Mod)
		}
	}
	return reqs
}
