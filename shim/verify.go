package shim

import (
	"path/filepath"
	"slices"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/stamp"
	"github.com/goshim/goshim/internal/vendorguard"
	"github.com/goshim/goshim/policy"
)

// A Verify says what is checked before the command may run: what no stamp says
// is as it was when it was checked last.
type Verify struct {
	Subject
	Checks []Check
}

// A Check is one of them.
type Check struct {
	Name  policy.String
	Stamp *stamp.Stamp // for the one who finds all in order
}

// checksVersion voids the stamps of older versions. It is raised when a check
// begins to find what it has passed before.
const checksVersion = "3"

// applyVerify decides which checks are made before a command that makes
// something. They read much, so the companion makes them. Where a stamp says that
// nothing has changed, there is nothing to do but to look at the state of files.
// What no check covers is refused.
func (p *planner) applyVerify() error {
	items := p.policy.Verify.Items
	if len(items) == 0 || !p.makes() {
		return nil
	}
	from := p.source()
	if err := p.checkCovered(from, items[0].Pos); err != nil {
		return err
	}
	if !p.inModule() {
		return nil
	}
	p.env.SetDebug(NoIndex, items[0].Pos)
	var due []Check
	for _, name := range p.checksFor(from) {
		c := Check{name, p.moduleStamp("verify-"+name.Value, nil, checksVersion, ModuleCache(p.env))}
		if c.Stamp.Fresh() {
			p.because(name.Pos, "verify "+name.Value+": nothing has changed since it was found in order")
			continue
		}
		p.because(name.Pos, "verify "+name.Value+": before the command")
		due = append(due, c)
	}
	if due == nil {
		return nil
	}
	if p.inv.Companion == nil {
		return errHandOver
	}
	p.verify = &Verify{p.verifySubject(), due}
	return nil
}

// NoIndex is the setting of GODEBUG by which go commands read directories and not
// the index of them that they keep in the build cache: for a module in the module
// cache it is keyed by the directory's name alone, so that it leaves out files that
// were not there, or not built, when it was made (cmd/go/internal/modindex).
const NoIndex = "goindex=0"

// checksFor returns the checks for a command that builds from the given source.
// The policy may name the check of another source, or of none: then that of this
// one takes its place, because a flag or a variable must not lead around verify.
// vendor/ that is not built from is not looked at: it may be behind what a layer
// asks for.
func (p *planner) checksFor(from source) []policy.String {
	var checks []policy.String
	var other *policy.String // the check of a source that is not used
	covered := false
	for _, c := range p.policy.Verify.Items {
		switch source(c.Value) {
		case from:
			covered = true
		case fromVendor:
			p.because(c.Pos, "verify vendor: not made, because the command does not build from vendor/")
			other = &c
			continue
		case fromCache:
			other = &c
		}
		checks = append(checks, c)
	}
	if covered || other == nil {
		return checks
	}
	p.because(other.Pos, "verify "+string(from)+" instead of "+other.Value+": the command builds from there")
	return append(checks, policy.String{Value: string(from), Pos: other.Pos, Forced: other.Forced})
}

// checkCovered refuses a command that builds from what no check looks at: by
// GOPATH, by an overlay, by a workspace or a modfile of another place.
func (p *planner) checkCovered(from source, pos diag.Pos) error {
	hint := "build without it, or in an environment that has no verify"
	if from == fromGOPATH {
		on, _ := p.env.Effective("GO111MODULE")
		return &diag.Error{Pos: pos, Msg: "GO111MODULE=" + on + " builds from GOPATH, which no check covers", Hint: "unset GO111MODULE"}
	}
	if p.callerOverlay() != "" {
		return &diag.Error{Pos: pos, Msg: "-overlay builds from other files than those that are verified", Hint: hint}
	}
	if file := p.callersModfile(); !p.inRepository(file) {
		return &diag.Error{Pos: pos, Msg: "-modfile=" + file + " lies outside the repository, so verify does not cover what it replaces", Hint: hint}
	}
	if work := p.workspaceFile(); !p.inRepository(work) && !p.typed.AtVersion() {
		return &diag.Error{Pos: pos, Msg: "the workspace of " + work + " lies outside the repository, so verify does not cover its modules", Hint: "GOWORK=off builds the module by itself"}
	}
	return nil
}

// inRepository reports whether a file lies below the repository's policy. Without
// such a policy there is no place that a file can be outside of.
func (p *planner) inRepository(file string) bool {
	if file == "" || p.policy.Root == "" {
		return true
	}
	rel, err := filepath.Rel(modpair.Real(p.policy.Root), modpair.Real(file))
	return err == nil && filepath.IsLocal(rel)
}

// verifySubject returns what is verified: also where there is a go.mod here, the
// workspace, if that does not have the module.
func (p *planner) verifySubject() Subject {
	s := p.subject()
	work, root := p.workspaceFile(), p.moduleRoot()
	if work != "" && root != "" && !p.inv.Companion.InWorkspace(work, modpair.Real(root)) {
		s.Work = work
	}
	return s
}

// applyVendor lets the companion run what fills vendor/, where vendor/ is
// verified: then it is replaced as a whole, with its sums. Elsewhere the go command
// deletes the directory first, so it must be one that it can make again.
func (p *planner) applyVendor() error {
	if p.typed.Words != "mod vendor" && p.typed.Words != "work vendor" {
		return nil
	}
	i := slices.IndexFunc(p.policy.Verify.Items, func(s policy.String) bool { return s.Value == "vendor" })
	out, _, isElsewhere := p.typedFlag("o")
	if i < 0 || isElsewhere || p.callersModfile() != "" {
		return p.guardVendor(out)
	}
	if p.inv.Companion == nil {
		return errHandOver
	}
	p.vendors = true
	p.because(p.policy.Verify.Items[i].Pos, "verify vendor: vendor/ is filled beside the old one, compared with go.sum, and takes its place together with vendor.sum")
	return nil
}

// guardVendor refuses a command that would delete what it cannot make again: in
// vendor/, or in the directory of its flag -o.
func (p *planner) guardVendor(out string) error {
	dir, name := filepath.Join(p.moduleRoot(), "vendor"), "vendor"
	if work := p.workspaceFile(); work != "" {
		dir = filepath.Join(filepath.Dir(work), "vendor")
	}
	if out != "" {
		dir, name = out, filepath.Clean(out)
		if !filepath.IsAbs(out) {
			dir = filepath.Join(p.dir, out)
		}
	}
	return vendorguard.Check(dir, name, vendorguard.Unknown)
}
