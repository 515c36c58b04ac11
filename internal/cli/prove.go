package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/proof"
	"github.com/goshim/goshim/shim"
)

func newProveCmd(a *App) *cobra.Command {
	var env string
	var asJSON bool
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
		RunE: func(_ *cobra.Command, args []string) error {
			target, err := a.module(env)
			if err != nil {
				return err
			}
			ctx, stop := interruptible()
			defer stop()
			report, err := proof.Prove(ctx, a.commandsOf(target), target, a.abs(args[0]))
			if err != nil {
				return err
			}
			return a.showReport(report, asJSON)
		},
	}
	a.addEnvFlag(cmd, &env)
	addJSONFlag(cmd, &asJSON)
	return cmd
}

// interruptible returns a context that ends when the user wants this process to,
// or reads no more of what it writes, as head does: what it has made for itself
// is removed then.
func interruptible() (ctx context.Context, stop func()) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
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
