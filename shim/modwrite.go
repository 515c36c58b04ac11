package shim

import (
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/policy"
)

// writesModfile reports whether the command may change go.mod or go.sum.
func (p *planner) writesModfile() bool {
	switch p.typed.Words {
	case "get", "mod tidy":
		return true
	case "mod edit":
		return len(p.typed.Args) == 0 // otherwise a file is named, and that one is meant
	case "mod download":
		return p.workspaceFile() == "" // in a workspace the sums go to go.work.sum
	}
	return p.workspaceFile() == "" && p.loadsPackages() && p.effectiveMod() == "mod"
}

// effectiveMod returns the value of -mod that the command gets.
func (p *planner) effectiveMod() string {
	if value, _, ok := p.typedFlag("mod"); ok {
		return value
	}
	if p.policy.Mod.IsSet() {
		return p.policy.Mod.Value
	}
	words, _ := p.goflags() // the user's go/env file may have one
	value, _ := gocmd.LastFlag(words, "mod")
	return value
}

// writesOnly reports whether the command does nothing but write go.mod or
// files beside it: then it needs no overlay, and would refuse one.
func (p *planner) writesOnly() bool {
	switch p.typed.Words {
	case "get", "mod edit", "mod tidy":
		return true
	case "mod download":
		return p.write
	}
	return false
}

// checkWrites refuses commands that would write go.mod itself and cannot be
// given another file.
func (p *planner) checkWrites(top policy.String) error {
	e := &diag.Error{Pos: top.Pos}
	switch {
	case p.workspaceFile() == "":
		return nil
	case p.typed.Words == "get":
		e.Msg = "go get in a workspace cannot change " + top.Value + ": the go command takes no -modfile there"
		e.Hint = "GOWORK=off go get …"
	case p.typed.Words == "work sync":
		e.Msg = "go work sync writes go.mod, and " + top.Value + " is in force over it" + p.policy.Choice.In()
		e.Hint = p.policy.Choice.WayOut()
	default:
		return nil
	}
	return e
}

// writeModfile lets the command write a copy of the merged modfile, from which
// the companion carries what changed back to the modfile of the environment.
func (p *planner) writeModfile(source diag.Pos) {
	scratch := p.pair.Scratch()
	p.write = true
	p.cmd = p.cmd.Insert("-modfile=" + scratch)
	p.because(source, "added -modfile="+scratch+"; what the command changes there is written to "+p.use.Top().Name)
}

// checkTypedVendor refuses a caller's -mod=vendor where a layer needs other modules
// than vendor/ has: the go command would say to fill it, which refuseVendor
// refuses.
func (p *planner) checkTypedVendor(top policy.String) error {
	value, where, _ := p.typedFlag("mod")
	if value != "vendor" || p.policy.Mod.Value == "vendor" || !p.loadsPackages() {
		return nil
	}
	return &diag.Error{
		Pos:  top.Pos,
		Msg:  where + " has -mod=vendor, and vendor/ is filled by go.mod alone, not by " + p.use.Names(),
		Hint: "leave it out of " + where + `; or, if vendor/ is for this environment, set mod = "vendor"`,
	}
}

// refuseVendor refuses to fill vendor/ with what a layer asks for: the
// environments without it build from the same directory. An environment that
// says mod = "vendor" means it for itself.
func (p *planner) refuseVendor(source diag.Pos) error {
	merged, err := p.merge()
	if err != nil {
		return err
	}
	e := &diag.Error{
		Pos:  source,
		Msg:  "go " + p.typed.Words + " would fill vendor/ by " + p.use.Names() + ", and not by go.mod alone",
		Hint: p.policy.Choice.WayOut() + `; or, if vendor/ is for this environment, set mod = "vendor"`,
	}
	if what, pos := merged.ModuleChange(); pos.IsValid() {
		e.Msg += " (" + pos.String() + ": " + what + ")"
	}
	return e
}
