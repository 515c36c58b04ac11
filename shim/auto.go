package shim

import (
	"path/filepath"

	"github.com/goshim/goshim/internal/gocmd"
)

// leaveStaleVendor is what mod = "auto" does. Where the go command takes vendor/ by
// itself and would then refuse to build, because vendor/ is not in step with go.mod,
// the command builds from modules, and says so: an environment that must not do
// that has mod = "vendor". What the caller says of -mod stands.
//
// The companion compares the files. Where a stamp has what it found, it is not asked.
func (p *planner) leaveStaleVendor() error {
	if p.typed.AtVersion() || p.saysMod() || !p.modulesEnabled() || !p.vendorByDefault() {
		return nil
	}
	what, err := p.staleVendor()
	if err != nil || what == "" {
		return err
	}
	what = "vendor/ is out of step with go.mod (" + what + "): built from modules; goshim vendor sync brings it up to date"
	p.cmd = p.cmd.Insert("-mod=readonly") // all that a workspace takes, and changes no go.mod
	p.because(p.policy.Mod.Pos, "added -mod=readonly: "+what)
	if p.notice == "" {
		p.notice = what
	}
	return nil
}

// saysMod reports whether the command gets -mod from its command line or GOFLAGS.
func (p *planner) saysMod() bool {
	words, _ := p.goflags()
	_, inGOFLAGS := gocmd.LastFlag(words, "mod")
	_, added := p.cmd.Flag("mod")
	return inGOFLAGS || added
}

// staleVendor says in what the vendor directory that the go command takes by itself
// differs from the modfiles in force.
func (p *planner) staleVendor() (what string, err error) {
	m := p.modules()
	dir := filepath.Join(p.moduleRoot(), "vendor")
	if m.Work != "" {
		dir = filepath.Join(filepath.Dir(m.Work), "vendor")
	}
	overlay := p.callerOverlay() // no stamp knows what it has
	s := p.moduleStamp("vendor", nil, m.Gomod, dir)
	if overlay == "" {
		if what, ok := s.Note(); ok {
			return what, nil
		}
	}
	if p.inv.Companion == nil {
		return "", errHandOver
	}
	m.Actual = p.actual(overlay)
	what, state := p.inv.Companion.StaleVendor(m, dir)
	if overlay == "" {
		p.steps = append(p.steps, Step{Do: func() error { s.WriteNote(state, what); return nil }})
	}
	return what, nil
}
