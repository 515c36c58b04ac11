package warm

import (
	"errors"
	"slices"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/internal/modinput"
)

// A need is a version and what is wanted of it.
type need struct {
	module.Version
	info, mod, zip   bool
	modSums, zipSums []string
}

// A plan is what is wanted, a need for each version, in the order first asked
// for.
type plan struct {
	in    *modinput.Inputs
	needs []*need
	index map[module.Version]*need
	bare  []module.Version // wanted, and go.sum has no sum
}

func newPlan(in *modinput.Inputs) *plan { return &plan{in: in, index: make(map[module.Version]*need)} }

func (p *plan) need(m module.Version) *need {
	n := p.index[m]
	if n == nil {
		n = &need{Version: m, modSums: p.in.Sums.GoMod(m), zipSums: p.in.Sums.Zip(m)}
		p.index[m] = n
		p.needs = append(p.needs, n)
	}
	return n
}

// unlisted returns the versions of which go.sum has the sum of the zip and not that
// of the go.mod, which the go command wants before it looks at any zip.
func (p *plan) unlisted() []Failure {
	var all []Failure
	for _, n := range p.needs {
		if n.zip && len(n.modSums) == 0 {
			all = append(all, Failure{n.Path, n.Version.Version, "mod", errNoModSum})
		}
	}
	return all
}

var errNoModSum = errors.New("go.sum has no line for its go.mod, so go commands stop; go mod tidy adds it")

// whole wants all of a version: what go mod download would.
func (p *plan) whole(m module.Version) {
	if len(p.in.Sums.Zip(m)) == 0 {
		if !slices.Contains(p.bare, m) {
			p.bare = append(p.bare, m)
		}
		return
	}
	n := p.need(m)
	n.info, n.mod, n.zip = true, true, true
}

// required wants the modules that the main module's go.mod lists, if it lists all that
// builds need. One without a sum has no package that a build needs.
func (p *plan) required() {
	for _, r := range p.in.Mains[0].File.Require {
		m, dir := p.in.Replaced(r.Mod)
		switch {
		case dir != "":
		case len(p.in.Sums.Zip(m)) > 0:
			p.whole(m)
		case len(p.in.Sums.GoMod(m)) > 0:
			p.need(m).mod = true
		}
	}
}

// graph wants every .mod file that go.sum has a sum of: with them, the graph
// can be loaded.
func (p *plan) graph() {
	for _, m := range p.in.Sums.Versions() {
		if len(p.in.Sums.GoMod(m)) > 0 {
			p.need(m).mod = true
		}
	}
}

// everything wants all that go.sum has sums of, so that go mod tidy works, and
// all that go mod download wants.
func (p *plan) everything() {
	if p.in.ListsAll() {
		for _, r := range p.in.Mains[0].File.Require {
			if m, dir := p.in.Replaced(r.Mod); dir == "" {
				p.whole(m)
			}
		}
	}
	for _, m := range p.in.Sums.Versions() {
		if len(p.in.Sums.Zip(m)) > 0 {
			p.whole(m)
		}
	}
	p.graph()
}

// keep leaves out the versions that the caller does not want; their .mod files
// stay if the graph is needed.
func (p *plan) keep(wanted func(module.Version) bool, graph bool) {
	for _, n := range p.needs {
		if !wanted(n.Version) {
			n.info, n.zip, n.mod = false, false, n.mod && graph
		}
	}
	p.bare = slices.DeleteFunc(p.bare, func(m module.Version) bool { return !wanted(m) })
}

// versions returns what the plan is about.
func (p *plan) versions() []module.Version {
	all := make([]module.Version, len(p.needs))
	for i, n := range p.needs {
		all[i] = n.Version
	}
	return all
}

// A file is one that is to be fetched.
type file struct {
	*need
	ext string // "mod", "info" or "zip"
}

// missing returns the files that the cache does not have.
func (p *plan) missing(cache *modcache.Cache) (texts, zips []*file) {
	var infos []*file
	for _, n := range p.needs {
		if n.mod && len(n.modSums) > 0 && !cache.Has(n.Version, "mod") {
			texts = append(texts, &file{n, "mod"})
		}
		if n.info && !cache.HasInfo(n.Version) {
			infos = append(infos, &file{n, "info"})
		}
		if n.zip && len(n.zipSums) > 0 && !cache.HasZip(n.Version) {
			zips = append(zips, &file{n, "zip"})
		}
	}
	return append(texts, infos...), zips
}
