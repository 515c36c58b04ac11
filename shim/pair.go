package shim

import (
	"errors"
	"go/version"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modpair"
)

// errHandOver says that the companion is to run the command.
var errHandOver = errors.New("hand over to the companion")

// findPair finds the pair of the modfiles: by its stamp, or else by merging
// them.
func (p *planner) findPair() (err error) {
	if p.pair, err = modpair.New(p.use); err != nil {
		return err
	}
	if !p.use.Journal.Pending() && p.pair.Known(p.use) {
		return nil
	}
	merged, err := p.merge()
	if err != nil {
		return err
	}
	p.pair = merged.InCache()
	if !p.writesOnly() { // that gets a copy of its own
		p.steps = append(p.steps, Step{"merge " + p.use.Names() + " over go.mod", merged.Make})
	}
	return nil
}

// merge returns the merged modfiles.
func (p *planner) merge() (Merged, error) {
	if p.inv.Companion == nil {
		return nil, errHandOver
	}
	if p.merged == nil {
		merged, err := p.inv.Companion.Merge(p.use)
		if err != nil {
			return nil, err
		}
		p.merged = merged
	}
	return p.merged, nil
}

// chooseToolchain asks for the toolchain that a layer wants, or for none if want
// is "". The go command itself chooses one by go.mod, before it reads an overlay.
func (p *planner) chooseToolchain(want string, source diag.Pos) {
	if want == "" {
		return
	}
	current, _ := p.env.Effective("GOTOOLCHAIN")
	least, mode, _ := strings.Cut(current, "+")
	switch least {
	case "":
		least, mode = p.real.Version(), "auto"
	case "auto", "path":
		least, mode = p.real.Version(), least
	}
	if mode == "" || version.Compare(want, least) <= 0 {
		return // a fixed one, which says itself if it is too old, or one that will do
	}
	p.env.Set("GOTOOLCHAIN", want+"+"+mode, source)
}
