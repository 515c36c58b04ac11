package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gate"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/shim"
)

// policy is the step that looks at the policy itself: the files are without
// faults and, as far as the environment goes, without warnings; everything in
// them is applied; and the rules let the packages be built.
func (g *gateRun) policy(context.Context) (*finding.Report, error) {
	a, report := g.app, &finding.Report{Check: "policy", Root: g.app.Dir}
	if g.refused == nil && g.target.Policy.Files() == nil {
		return finding.Skip("policy", "no policy is in force"), nil
	}
	checked, err := a.check(nil)
	if err != nil {
		return nil, err
	}
	report.Counts = []finding.Count{{What: "policy file", N: len(checked.Files)}}
	for _, f := range checked.Findings {
		g.addFault(report, f)
	}
	if g.refused == nil {
		g.addUnapplied(report)
		g.addRefusal(report)
	} else {
		refusal := gate.Fault("policy-refused", g.refused)
		if !slices.ContainsFunc(report.Findings, func(f finding.Finding) bool { return f.Message == refusal.Message }) {
			report.Add(refusal)
		}
	}
	g.addBypass(report)
	return report, nil
}

// addFault adds what goshim check has found. A warning counts only where it
// concerns the environment.
func (g *gateRun) addFault(report *finding.Report, f fault) {
	here := len(f.Envs) == 0 || slices.Contains(f.Envs, g.env)
	added := finding.Finding{Rule: "policy-fault", Message: f.Message, Hint: f.Hint}
	if f.ID != "" {
		added.Rule = "policy-" + f.ID
	}
	if f.At != nil {
		added.File, added.Line = f.At.File, f.At.Line
	}
	switch {
	case f.Severity == "error" && here:
		added.Severity = finding.High
	case here:
		added.Severity = finding.Medium
	default:
		added.Message += " (in " + strings.Join(f.Envs, ", ") + ")"
	}
	report.Add(added)
}

// addUnapplied adds the settings that are left out for lack of trust: what is
// built without them is not what the policy describes.
func (g *gateRun) addUnapplied(report *finding.Report) {
	p := g.target.Policy
	for _, s := range p.Skipped {
		report.Add(finding.Finding{
			Rule: "policy-untrusted", Severity: finding.High, File: s.Pos.File, Line: s.Pos.Line,
			Message: s.Setting + " is not applied: it needs trust (class " + s.Class.String() + ")",
			Hint:    "set GOSHIM_TRUST to the hash that goshim trust --show prints, or " + g.app.wayOut(p, s),
		})
	}
}

// addRefusal adds the rule that the build of the packages breaks, if there is
// one: a replace line, a prerelease, a denied command, a toolchain. If there is
// none, it adds the settings that the variables of this job override.
func (g *gateRun) addRefusal(report *finding.Report) {
	inv := g.inv
	inv.Args = append([]string{"build"}, g.packages...)
	plan, err := gorun.Resolve(inv)
	if err != nil {
		report.Add(gate.Fault("policy-refused", err))
		return
	}
	for _, why := range plan.Why {
		if why.Yields == shim.YieldsNothing {
			continue
		}
		f := finding.Finding{
			Rule: "policy-overridden", File: why.Source.File, Line: why.Source.Line, Message: why.What,
			Hint: "unset the variable in this job, or write { force = … } in goshim.toml",
		}
		if why.Yields == shim.YieldsBuild {
			f.Severity = finding.High
		}
		report.Add(f)
	}
}

// addBypass adds what makes the other go commands of the job run without the
// policy. Those of the gate are policed in any case.
func (g *gateRun) addBypass(report *finding.Report) {
	a := g.app
	if a.getenv("GOSHIM") == "off" {
		report.Add(finding.Finding{
			Rule: "policy-off", Severity: finding.High,
			Message: "GOSHIM=off is set: the other go commands of this job run without the policy", Hint: "unset GOSHIM",
		})
	}
	if found := shim.GoCommands(a.environ()); len(found) > 0 && !found[0].Shim {
		report.Add(finding.Finding{
			Rule:    "policy-path",
			Message: a.tilde(found[0].Path) + " is the first go in PATH, and not the shim: the other go commands of this job run without the policy",
			Hint:    "goshim setup installs the shim; put its directory first in PATH",
		})
	}
}
