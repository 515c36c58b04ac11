package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/proof"
	"github.com/goshim/goshim/shim"
)

func newProveCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prove PROGRAM",
		Short: "Check that a program was built from what the environment builds from",
		Long: `Prove compares a program with what the environment would build here: the
toolchain and the flags, the commit, every module with its replacement, and its
hash in go.sum or that it came from vendor/. Then it compares the source files in
the program's own line table, which no flag strips, with those of the packages:
a package that was compiled from elsewhere is named. The status is 1 if anything
differs. Nothing is built and no network is used.

The program may be for another system, and built in another place. Names and
versions are compared, not the content of files: goshim verify does that for
vendor/ and the module cache, and goshim repro builds again.`,
		Example: "  goshim prove ./app --env prod",
		Args:    exactly(1, "prove takes one program"),
	}
	return a.checkCmd(cmd, func(ctx context.Context, env string, args []string) (*finding.Report, error) {
		target, err := a.module(env)
		if err != nil {
			return nil, err
		}
		return proof.Prove(ctx, a.commandsOf(target), target, a.abs(args[0]))
	})
}

// commandsOf returns the invocation of the go commands of the target's
// environment.
func (a *App) commandsOf(target *shim.Target) shim.Invocation {
	inv := a.invocation()
	inv.Companion = a.companion()
	if name := target.Policy.Choice.Env; name != "" {
		env := envset.New(inv.Env)
		env.Set("GOSHIM_ENV", name, diag.Pos{})
		inv.Env = env.Environ()
	}
	return inv
}
