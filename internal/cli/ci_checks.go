package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gate"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/gitclean"
	"github.com/goshim/goshim/internal/injected"
	"github.com/goshim/goshim/internal/proof"
	"github.com/goshim/goshim/internal/sumlint"
	"github.com/goshim/goshim/internal/vendortree"
)

// gosum is the step that looks at go.sum.
func (g *gateRun) gosum(ctx context.Context) (*finding.Report, string, error) {
	report, err := sumlint.Check(ctx, g.target)
	return report, "", err
}

// vendor is the step that looks at vendor/.
func (g *gateRun) vendor(ctx context.Context) (*finding.Report, string, error) {
	place, err := vendortree.At(g.target)
	if err != nil {
		return nil, "", err
	}
	if _, err := os.Stat(place.Vendor); errors.Is(err, fs.ErrNotExist) && g.target.Policy.Mod.Value != "vendor" {
		return nil, "there is no vendor directory, and the environment wants none", nil
	}
	report, err := vendortree.Verify(ctx, place, vendortree.Options{})
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
	if len(g.target.Policy.Inject) == 0 {
		return nil, "the environment injects nothing", nil
	}
	report, skipped, err := g.perProgram("inject", func(program string) (*finding.Report, error) {
		return injected.Verify(g.target, program)
	})
	if report == nil || err != nil {
		return nil, skipped, err
	}
	return report, "", g.build.Refusals(ctx, report)
}

// prove is the step that compares the programs with what the environment builds
// from.
func (g *gateRun) prove(ctx context.Context) (*finding.Report, string, error) {
	return g.perProgram("prove", func(program string) (*finding.Report, error) {
		return proof.Prove(ctx, g.inv, g.target, program)
	})
}

// perProgram makes a check of each program.
func (g *gateRun) perProgram(name string, check func(program string) (*finding.Report, error)) (*finding.Report, string, error) {
	if len(g.build.Programs) == 0 {
		return nil, "there is no program among the packages", nil
	}
	all := &finding.Report{Check: name, Root: g.root, Counts: []finding.Count{{What: "program", N: len(g.build.Programs)}}}
	for _, p := range g.build.Programs {
		report, err := check(p.Path)
		if err != nil {
			return nil, "", err
		}
		for _, f := range report.Findings {
			all.Add(ofProgram(p, report.Root, f))
		}
	}
	return all, "", nil
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
