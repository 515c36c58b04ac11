package shim

import (
	"strconv"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/policy"
)

// This file refuses what is legal to go, and undoes what an environment is for.

// checkClean refuses go clean -modcache where what it deletes cannot be fetched
// again, or is what later jobs start from: on CI, where it costs most.
func (p *planner) checkClean() error {
	if p.typed.Words != "clean" || !p.isOn("modcache") || p.isOn("n") || isTrue(p.env.Get("GOSHIM_ALLOW_CLEAN")) {
		return nil
	}
	e := &diag.Error{
		Msg:  "go clean -modcache deletes every module of this machine",
		Hint: "goshim repair mends single modules; GOSHIM_ALLOW_CLEAN=1 lets the command run",
	}
	switch ci := p.env.Get("CI"); {
	case p.policy.DeniesNetwork():
		e.Pos = p.policy.Network.Pos
		e.Msg += ", and network = " + quote(p.policy.Network.Value) + " cannot fetch them again"
	case isTrue(ci):
		e.Msg += ", and CI=" + ci
	default:
		return nil
	}
	return e
}

// isTrue reports whether the value of a variable says yes. CI servers write true,
// 1 or their name.
func isTrue(value string) bool {
	on, err := strconv.ParseBool(value)
	return value != "" && (on || err != nil)
}

// checkModuleMode refuses, in a protected environment, a command that would build
// without modules: past go.mod and go.sum, and so past most of what the policy
// says. Elsewhere it is noted. A policy may want it so.
func (p *planner) checkModuleMode() error {
	// Not list, which makes nothing: gopls and golang.org/x/tools/go/packages ask for
	// the release tags by GO111MODULE=off go list (internal/gocommand.GoVersion).
	if !p.makes() || p.modulesEnabled() || p.wantsGOPATH() {
		return nil
	}
	value, pos := p.env.Effective("GO111MODULE")
	what := "GO111MODULE=" + value
	if pos.File != "" {
		what += " of " + pos.String()
	}
	what += ": go " + p.typed.Words + " would work without modules, go.mod and go.sum"
	if p.policy.IsProtected() {
		return &diag.Error{
			Msg:  what + p.policy.Choice.In(),
			Hint: `unset GO111MODULE, or write vars.GO111MODULE = "` + value + `" in the policy if it is meant`,
		}
	}
	p.because(diag.Pos{}, what)
	if p.notice == "" {
		p.notice = what
	}
	return nil
}

// wantsGOPATH reports whether the policy itself turns modules off.
func (p *planner) wantsGOPATH() bool {
	for _, v := range p.policy.Vars {
		if v.Name == "GO111MODULE" && v.Op != policy.Unset && v.Value != "on" {
			return true
		}
	}
	return false
}
