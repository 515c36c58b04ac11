package shim

import (
	"path/filepath"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/userdir"
)

// callerOverlay returns the overlay that the caller has, such as an editor's
// with unsaved buffers, or "". One of ours that a go command has handed to its
// children is not the caller's. They get it in GOFLAGS: one that is typed is the
// caller's wherever it lies.
func (p *planner) callerOverlay() string {
	if value, ok := p.typed.Flag("overlay"); ok {
		return value
	}
	words, _ := p.goflags()
	value, _ := gocmd.LastFlag(words, "overlay")
	return modpair.CallerOverlay(userdir.Cache(p.env.Get), value)
}

// leaveOverlay removes from GOFLAGS the overlay of ours that a go command has
// handed to its children: the environment may be another one now. One that the
// caller has comes back.
func (p *planner) leaveOverlay() error {
	words, _ := p.goflags()
	value, ok := gocmd.LastFlag(words, "overlay")
	caller := modpair.CallerOverlay(userdir.Cache(p.env.Get), value)
	if !ok || caller == value {
		return nil
	}
	words = gocmd.WithoutFlag(words, "overlay")
	if caller != "" {
		words = append(words, "-overlay="+caller)
	}
	return p.setGOFLAGS(words, diag.Pos{})
}

// readOverlay notes what the caller's overlay has in the place of files.
func (p *planner) readOverlay(path string) error {
	if p.inv.Companion == nil {
		return errHandOver
	}
	actual, err := p.overlaid(path)
	if err == nil {
		p.use.Actual = actual
	}
	return err
}

// overlaid returns what an overlay has in the place of files, by absolute path.
func (p *planner) overlaid(path string) (map[string]string, error) {
	read, err := p.inv.Companion.ReadOverlay(p.abs(path))
	if err != nil {
		return nil, err
	}
	actual := make(map[string]string, len(read))
	for from, to := range read {
		actual[filepath.Clean(p.abs(from))] = p.abs(to)
	}
	return actual, nil
}

// overlay gives the command the overlay of the pair. One of the caller's is
// merged with it, because the go command takes one only.
func (p *planner) overlay(caller string, source diag.Pos) error {
	vendor := p.policy.Mod.Value == "vendor"
	path := p.pair.Overlay(vendor)
	if caller != "" {
		merged, err := p.merge()
		if err != nil {
			return err
		}
		var write func() error
		path, write = merged.Combine(vendor, p.use.Actual)
		p.steps = append(p.steps, Step{"merge its overlay with the caller's", write})
	}
	if i := p.cmd.Index("overlay"); i >= 0 {
		p.cmd = p.cmd.Replace(i, "-overlay="+path)
		p.because(source, "overlay of "+p.use.Names()+" merged with the caller's")
		return nil
	}
	words, ok := p.goflags()
	if !ok {
		return nil
	}
	return p.setGOFLAGS(append(gocmd.WithoutFlag(words, "overlay"), "-overlay="+path), source)
}
