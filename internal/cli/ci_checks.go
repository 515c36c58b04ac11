package cli

import (
	"context"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/gitclean"
	"github.com/goshim/goshim/internal/injected"
	"github.com/goshim/goshim/internal/sumlint"
)

// gosum is the step that looks at go.sum.
func (g *gateRun) gosum(ctx context.Context) (*finding.Report, string, error) {
	report, err := sumlint.Check(ctx, g.target)
	return report, "", err
}

// gitClean is the step that compares the work tree with the last commit.
func (g *gateRun) gitClean(ctx context.Context) (*finding.Report, string, error) {
	if git.Find(g.app.Dir) == "" {
		return nil, "this is no checkout of git", nil
	}
	report, err := gitclean.Check(ctx, g.app.Dir, g.app.Env)
	return report, "", err
}

// inject is the step that looks for the values of the policy in the programs,
// and whether those with a scaffold refuse to start without them.
func (g *gateRun) inject(ctx context.Context) (*finding.Report, string, error) {
	switch {
	case len(g.target.Policy.Inject) == 0:
		return nil, "the environment injects nothing", nil
	case len(g.build.Programs) == 0:
		return nil, "there is no program among the packages", nil
	}
	report := &finding.Report{Check: "inject", Root: g.root, Counts: []finding.Count{{What: "program", N: len(g.build.Programs)}}}
	for _, program := range g.build.Programs {
		found, err := injected.Verify(g.target, program.Path)
		if err != nil {
			return nil, "", err
		}
		addProgram(report, program.Package, found)
	}
	return report, "", g.build.Refusals(ctx, report)
}

// addProgram adds what was found in a program: it lies in a directory that is
// removed, so the package is named and not the file.
func addProgram(report *finding.Report, pkg string, found *finding.Report) {
	for _, f := range found.Findings {
		f.File, f.Line, f.Message = "", 0, pkg+": "+f.Message
		report.Add(f)
	}
}
