package cli

import (
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/freeze"
	"github.com/goshim/goshim/internal/gitcommit"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modpair"
)

// freezeFlags are the flags of freeze.
type freezeFlags struct {
	env            string
	dryRun, commit bool
}

func newFreezeCmd(a *App) *cobra.Command {
	var flags freezeFlags
	cmd := &cobra.Command{
		Use:   "freeze [--env NAME] [--dry-run | --commit] [MODULE…]",
		Short: "Turn version constraints into exact versions, and pin every module",
		Long: `Freeze chooses, for each module with a constraint in goshim.toml, the highest
version that it allows, or only for those that are named. Then it requires every
module of the build list, the indirect ones too, at exactly the version that is
selected: in the environment's own layer, or in go.mod if it has none.

Before it writes, it downloads all modules, compares their hashes with go.sum
and the checksum database, and loads the packages. If anything is wrong, all
files stay as they are.`,
		Example: "  goshim freeze --dry-run\n  goshim freeze --env staging --commit example.com/dep",
		RunE:    func(_ *cobra.Command, args []string) error { return a.freeze(flags, args) },

		DisableFlagsInUseLine: true, // it has them
	}
	a.addEnvFlag(cmd, &flags.env)
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "print what would change as a diff, and write nothing")
	cmd.Flags().BoolVar(&flags.commit, "commit", false, "commit the changed files, and only these, to git")
	return cmd
}

func (a *App) freeze(flags freezeFlags, names []string) error {
	if err := checkCommitFlag(flags.dryRun, flags.commit); err != nil {
		return err
	}
	target, err := a.target(flags.env)
	if err != nil {
		return err
	}
	release, err := gorun.Lock(target.Use.Journal)
	if err != nil {
		return err
	}
	unlock := sync.OnceFunc(release)
	defer unlock()
	s, err := gorun.Open(target)
	if err != nil {
		return err
	}
	defer s.Close()
	plan, err := freeze.Prepare(s, names)
	if err != nil {
		return err
	}
	switch {
	case len(plan.Changes) == 0:
		a.printf("nothing to freeze: %s %s pinned as selected\n", count(plan.Modules, "module"), diag.Verb(plan.Modules, "is", "are"))
		return nil
	case flags.dryRun:
		_, err := a.Stdout.Write(gorun.Diff(plan.Changes, s.Stack.NameOf))
		return err
	case flags.commit:
		if err := gitcommit.Check(plan.Paths()); err != nil {
			return err
		}
	}
	if err := target.Use.Journal.Commit(plan.Changes); err != nil {
		return err
	}
	a.printFrozen(plan)
	if note := gorun.StaleVendor(target); note != "" {
		a.printf("%s\n", note)
	}
	if !flags.commit {
		return nil
	}
	unlock() // hooks of git may run go commands that take it
	if err := a.commit(plan.Paths(), plan.Message(), "the versions are frozen"); err != nil {
		return err
	}
	a.printf("committed\n")
	return nil
}

// checkCommitFlag refuses flags that contradict each other.
func checkCommitFlag(dryRun, commit bool) error {
	if dryRun && commit {
		return &diag.Error{Msg: "--dry-run writes nothing that --commit could commit", Hint: "leave one of them out"}
	}
	return nil
}

func (a *App) printFrozen(plan *freeze.Plan) {
	var rows [][]string
	for _, p := range slices.Concat(plan.Pins, plan.Lines) {
		why := ""
		if c := p.Constraint; c != nil {
			why = c.String() + " (" + c.Pos.String() + ")"
		}
		rows = append(rows, []string{p.Path, p.From(), "→ " + p.New, why})
	}
	writeTable(a.Stdout, "", rows)
	if len(rows) == 0 {
		a.printf("sums added to %s: %s %s pinned already\n", modpair.SumPath(plan.File), count(plan.Modules, "module"), diag.Verb(plan.Modules, "was", "were"))
		return
	}
	a.printf("froze %d of %s in %s\n", len(plan.Pins), count(plan.Modules, "module"), plan.File)
}
