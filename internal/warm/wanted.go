package warm

import (
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modinput"
)

// plan returns what is wanted, as far as it can be said by the .mod files that
// are there; readable is false if some were missing.
func (w *warming) plan() (*plan, error) {
	p := newPlan(w.in)
	w.readable = true
	switch {
	case len(w.opts.Only) > 0:
		if err := w.named(p); err != nil {
			return nil, err
		}
	case w.opts.All:
		p.everything()
		if w.opts.Match != "" {
			p.keep(w.matches, false)
			return p, nil
		}
		for _, m := range w.buildList(p) {
			p.need(m).info = true
		}
	case w.target.Policy.Mod.Value == "vendor":
		// Builds need no module cache.
	case w.in.ListsAll():
		p.required()
	default:
		p.graph()
		for _, m := range w.buildList(p) {
			if len(w.in.Sums.Zip(m)) > 0 {
				p.whole(m)
			}
		}
	}
	p.keep(w.matches, !w.in.ListsAll())
	return p, nil
}

// matches reports whether the caller wants the module.
func (w *warming) matches(m module.Version) bool {
	return w.opts.Match == "" || module.MatchPrefixPatterns(w.opts.Match, m.Path)
}

// buildList returns the build list, or nothing as long as .mod files of the
// plan are missing.
func (w *warming) buildList(p *plan) []module.Version {
	for _, n := range p.needs {
		if n.mod && len(n.modSums) > 0 && !w.cache.Has(n.Version, "mod") {
			w.readable = false
			return nil
		}
	}
	return w.in.Built(w.in.Load(w.cache.ReadMod).Selected)
}

// named wants the modules that the caller names.
func (w *warming) named(p *plan) error {
	for _, arg := range w.opts.Only {
		path, version, ok := strings.Cut(arg, "@")
		if !ok {
			if version = versionOf(w.in, path); version == "" {
				return &diag.Error{Msg: "no version of " + path + " is required", Hint: "write " + path + "@VERSION"}
			}
		}
		m := module.Version{Path: path, Version: version}
		if err := module.Check(path, version); err != nil {
			return &diag.Error{Msg: err.Error(), Hint: "write MODULE@VERSION, with a version such as v1.2.3"}
		}
		if to, dir := w.in.Replaced(m); dir == "" {
			p.whole(to)
		}
	}
	return nil
}

// versionOf returns the highest version of a module that a main module requires.
func versionOf(in *modinput.Inputs, path string) string {
	version := ""
	for _, main := range in.Mains {
		for _, r := range main.File.Require {
			if r.Mod.Path == path && semver.Compare(r.Mod.Version, version) > 0 {
				version = r.Mod.Version
			}
		}
	}
	return version
}

// absent returns those versions that are not wholly in the cache.
func (w *warming) absent(all []module.Version) []module.Version {
	return slices.DeleteFunc(slices.Clone(all), func(m module.Version) bool {
		return w.cache.HasZip(m) && w.cache.HasInfo(m) && w.cache.Has(m, "mod")
	})
}
