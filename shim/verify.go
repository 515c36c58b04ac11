package shim

import (
	"slices"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/stamp"
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
const checksVersion = "1"

// applyVerify looks which checks the policy wants before a command that makes
// something. They read much, so the companion makes them. Where a stamp says that
// nothing has changed, there is nothing to do but to look at the state of files.
// An overlay of the caller is refused, because nobody looks at what it puts in.
func (p *planner) applyVerify() error {
	checks := p.policy.Verify.Items
	if len(checks) == 0 || !p.makes() || !p.inModule() {
		return nil
	}
	if p.callerOverlay() != "" {
		return &diag.Error{
			Pos:  checks[0].Pos,
			Msg:  "-overlay builds from other files than those that are verified",
			Hint: "build without it, or in an environment that has no verify",
		}
	}
	var due []Check
	for _, name := range checks {
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
	p.verify = &Verify{p.subject(), due}
	return nil
}

// applyVendor lets the companion run what fills vendor/, where vendor/ is
// verified: then it is replaced as a whole, with its sums.
func (p *planner) applyVendor() error {
	fills := p.typed.Words == "mod vendor" || p.typed.Words == "work vendor"
	i := slices.IndexFunc(p.policy.Verify.Items, func(s policy.String) bool { return s.Value == "vendor" })
	if !fills || i < 0 || p.typed.Has("o") {
		return nil
	}
	if p.inv.Companion == nil {
		return errHandOver
	}
	p.vendors = true
	p.because(p.policy.Verify.Items[i].Pos, "verify vendor: vendor/ is filled beside the old one, compared with go.sum, and takes its place together with vendor.sum")
	return nil
}
