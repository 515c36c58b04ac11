package shim

import (
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/policy"
)

// findStandIn notes a -modfile that is gopls' copy of go.mod. It runs `go mod
// tidy` on such a copy, with the unsaved text, to tell what is wrong with
// go.mod, and takes what changes there into go.mod. Without the layers, what
// only they require would be wrong with it.
//
// Its `go get` and `go mod edit` are about a line of go.mod that the user
// points at, and get the copy as it is.
func (p *planner) findStandIn() {
	value, ok := p.typed.Flag("modfile")
	tidies := p.typed.Words == "mod tidy" || p.typed.Words == "list" && p.effectiveMod() == "mod"
	if !ok || !tidies || p.workspaceFile() != "" {
		return
	}
	// gopls/internal/cache.TempModDir
	if filepath.IsAbs(value) && filepath.Base(value) == "go.mod" && strings.HasPrefix(filepath.Base(filepath.Dir(value)), "gopls-tempmod") {
		p.standIn = value
	}
}

// applyStandIn lets the command write a copy of gopls' copy with the layers
// over it; the companion carries back what concerns go.mod.
func (p *planner) applyStandIn(top policy.String) error {
	use, why, err := p.modfiles()
	if err == nil && use != nil && p.moduleRoot() != use.Root {
		use, why = nil, "it is for the module in "+use.Root
	}
	if use == nil || err != nil {
		p.standIn = ""
		if err == nil {
			p.because(top.Pos, "modfile not applied: "+why)
		}
		return err
	}
	if p.inv.Companion == nil {
		return errHandOver
	}
	gomod := use.Gomod().Path
	use.Actual = map[string]string{gomod: p.standIn, modpair.SumPath(gomod): modpair.SumPath(p.standIn)}
	p.use, p.write = use, true
	merged, err := p.merge()
	if err != nil {
		return err
	}
	p.pair = merged.InCache()
	p.chooseToolchain(p.pair.Toolchain, top.Pos)
	scratch := standInScratch(p.standIn)
	p.cmd = p.cmd.Replace(p.cmd.Index("modfile"), "-modfile="+scratch)
	p.because(top.Pos, "-modfile="+scratch+" instead of gopls' copy of go.mod: that with "+use.Names()+" over it")
	return nil
}

// standInScratch returns the path of the merged copy: beside gopls' own, which
// goes away when gopls is done.
func standInScratch(standIn string) string {
	return filepath.Join(filepath.Dir(standIn), "goshim", "go.mod")
}
