package cli

import (
	"context"
	"path/filepath"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gate"
	"github.com/goshim/goshim/internal/injected"
	"github.com/goshim/goshim/internal/proof"
	"github.com/goshim/goshim/internal/verify"
)

// check returns the run of a step that is a check of package verify.
func (g *gateRun) check(name string) func(context.Context) (*finding.Report, error) {
	return func(ctx context.Context) (*finding.Report, error) {
		r, err := verify.Check(ctx, g.target, name)
		if err != nil {
			return nil, err
		}
		return r.Report, nil
	}
}

// inject is the step that looks for the values of the policy in the programs,
// and whether those with a scaffold refuse to start without them.
func (g *gateRun) inject(context.Context) (*finding.Report, error) {
	if len(g.target.Policy.Inject) == 0 {
		return finding.Skip("inject", "the environment injects nothing"), nil
	}
	report, err := g.perProgram("inject", func(program string) (*finding.Report, error) {
		return injected.Verify(g.target, program)
	})
	if err != nil || report.Skipped != "" {
		return report, err
	}
	return report, g.build.Refusals(report)
}

// prove is the step that compares the programs with what the environment builds
// from.
func (g *gateRun) prove(ctx context.Context) (*finding.Report, error) {
	return g.perProgram("prove", func(program string) (*finding.Report, error) {
		return proof.Prove(ctx, g.inv, g.target, program)
	})
}

// perProgram makes a check of each program.
func (g *gateRun) perProgram(name string, check func(program string) (*finding.Report, error)) (*finding.Report, error) {
	if len(g.build.Programs) == 0 {
		return finding.Skip(name, "there is no program among the packages"), nil
	}
	all := &finding.Report{Check: name, Root: g.root, Counts: []finding.Count{{What: "program", N: len(g.build.Programs)}}}
	for _, p := range g.build.Programs {
		report, err := check(p.Path)
		if err != nil {
			return nil, err
		}
		for _, f := range report.Findings {
			all.Add(ofProgram(p, report.Root, f))
		}
	}
	return all, nil
}

// ofProgram returns a finding about a program as one that can be read when the
// program is not there any more: its package is named in the place of its file.
func ofProgram(p gate.Program, root string, f finding.Finding) finding.Finding {
	f.Message = p.Package + ": " + f.Message
	if f.File == injected.NameIn(root, p.Path) {
		f.File, f.Line = "", 0
	} else if f.File != "" && !filepath.IsAbs(filepath.FromSlash(f.File)) {
		f.File = filepath.ToSlash(filepath.Join(root, filepath.FromSlash(f.File)))
	}
	return f
}
