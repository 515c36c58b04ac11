package cli

import (
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/freeze"
	"github.com/goshim/goshim/internal/gitcommit"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/shim"
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

// nothingWritten ends the message of a freeze that another command stopped.
const nothingWritten = "; nothing is written"

func (a *App) freeze(flags freezeFlags, names []string) error {
	if flags.dryRun && flags.commit {
		return &diag.Error{Msg: "--dry-run writes nothing that --commit could commit", Hint: "leave one of them out"}
	}
	target, err := a.target(flags.env)
	if err != nil {
		return err
	}
	unlock, err := gorun.Lock(target.Use.Journal)
	if err != nil {
		return err
	}
	defer unlock()
	s, err := openSession(target)
	if err != nil {
		return err
	}
	defer s.Close()
	plan, err := freeze.Prepare(s, names)
	if err != nil {
		return a.showFailed(err, nothingWritten)
	}
	switch {
	case len(plan.Changes) == 0:
		a.printf("nothing to freeze: %s are pinned as selected\n", count(plan.Modules, "module"))
		return nil
	case flags.dryRun:
		_, err := a.Stdout.Write(gorun.Diff(plan.Changes, s.Stack.NameOf))
		return err
	case flags.commit:
		if err := gitcommit.Check(plan.Paths()); err != nil {
			return a.showFailed(err, nothingWritten)
		}
	}
	if err := target.Use.Journal.Commit(plan.Changes); err != nil {
		return err
	}
	a.printFrozen(plan)
	if !flags.commit {
		return nil
	}
	if err := gitcommit.Commit(plan.Paths(), plan.Message()); err != nil {
		a.showLines(err.Error())
		return &diag.Error{Msg: "the versions are frozen, but not committed", Hint: "commit " + plan.File + " and its sums yourself"}
	}
	a.printf("committed\n")
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
		a.printf("sums added to %s: %s were pinned already\n", modpair.SumPath(plan.File), count(plan.Modules, "module"))
		return
	}
	a.printf("froze %d of %s in %s\n", len(plan.Pins), count(plan.Modules, "module"), plan.File)
}

// addEnvFlag adds the flag --env.
func (a *App) addEnvFlag(cmd *cobra.Command, env *string) {
	cmd.Flags().StringVar(env, "env", "", "the environment, instead of the one that is in force")
	cmd.RegisterFlagCompletionFunc("env", a.completeEnv)
}

// target returns the module here as an environment has it; "" is the one in
// force.
func (a *App) target(env string) (*shim.Target, error) {
	return shim.TargetOf(shim.Invocation{Dir: a.Dir, Env: a.Env, Self: a.shim(), Companion: gorun.Companion{}}, env)
}

// openSession returns a session on a target's modfiles.
func openSession(target *shim.Target) (*gorun.Session, error) {
	stack, err := gorun.Read(target.Use)
	if err != nil {
		return nil, err
	}
	return gorun.NewSession(target, stack)
}

// showFailed writes what a go or git command said that failed, line by line,
// and returns the end of the command that it stopped, which adds what follows
// from that. Other errors are returned as they are.
func (a *App) showFailed(err error, end string) error {
	command, said := "", ""
	switch failed := err.(type) {
	case *gorun.GoError:
		command, said = "go "+strings.Join(failed.Args, " "), failed.Stderr
	case *gitcommit.GitError:
		command, said = "git "+failed.Command, failed.Output
	}
	if said == "" {
		return err
	}
	a.showLines(said)
	return &diag.Error{Msg: command + " stopped with an error" + end}
}

// showLines writes what another program said to standard error.
func (a *App) showLines(text string) {
	for line := range strings.Lines(text) {
		line = strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "    ")
		io.WriteString(a.Stderr, diag.Printable(line)+"\n")
	}
}
