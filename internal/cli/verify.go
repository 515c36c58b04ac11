package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/verify"
)

// newVerifyCmd returns the command verify, which makes all checks; those below
// it make one, with flags of its own.
func newVerifyCmd(a *App) *cobra.Command {
	var env string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that what is built is what go.sum says",
		Long: `Verify compares what a build reads with what go.sum says. It asks nobody, and
changes nothing of what it looks at.

Without a command it makes the checks that the environment names in verify, which
are also made before every go command that builds. If it names none, all are
made, and one that has nothing to look at is skipped.

The exit status is 1 if something is wrong.`,
		Example: `  goshim verify --env prod
  goshim verify vendor
  goshim verify modcache --all`,
		Args: subcommand,
		RunE: func(*cobra.Command, []string) error { return a.verify(env, asJSON) },
	}
	a.addEnvFlag(cmd, &env)
	addJSONFlag(cmd, &asJSON)
	cmd.AddCommand(newVerifyGitCmd(a), newVerifyGosumCmd(a), newVerifyVendorCmd(a), newVerifyModcacheCmd(a))
	return cmd
}

// newVerifyGosumCmd returns sum lint under the name that the check has.
func newVerifyGosumCmd(a *App) *cobra.Command {
	cmd := newSumLintCmd(a)
	cmd.Use = "gosum"
	cmd.Long = "Gosum is goshim sum lint.\n\n" + cmd.Long
	cmd.Example = "  goshim verify gosum --env prod --json"
	return cmd
}

// verifyJSON is what verify --json prints.
type verifyJSON struct {
	Environment string            `json:"environment,omitempty"`
	Passed      bool              `json:"passed"`
	Checks      []*finding.Report `json:"checks"`
}

// verify makes the checks of an environment one after the other, whatever they
// find. One that cannot be made ends it.
func (a *App) verify(env string, asJSON bool) error {
	target, err := a.workspace(env)
	if err != nil {
		return err
	}
	names := verify.Named(target)
	if len(names) == 0 {
		names = verify.Names
	}
	ctx, stop := interruptible()
	defer stop()
	line := newStatusLine(a.Stderr)
	all := verifyJSON{Environment: target.Policy.Choice.Env, Passed: true}
	for _, name := range names {
		line.show(name + " …")
		r, err := verify.Check(ctx, target, name)
		line.clear()
		switch {
		case ctx.Err() != nil:
			return &diag.Error{Msg: "interrupted while " + name + " was verified"}
		case err != nil:
			return err
		}
		r.Report.Sort()
		all.Checks = append(all.Checks, r.Report)
		all.Passed = all.Passed && !r.Report.Fails()
		if !asJSON {
			a.printf("%s", reportText(r.Report, maxShown))
		}
	}
	if asJSON {
		if err := a.printJSON(all); err != nil {
			return err
		}
	}
	if !all.Passed {
		return &foundError{}
	}
	return nil
}
