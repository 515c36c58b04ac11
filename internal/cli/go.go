package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/supply"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/internal/vendorsync"
	"github.com/goshim/goshim/internal/verify"
	"github.com/goshim/goshim/shim"
)

// newGoCmd is what the shim hands commands over to. It is not in the help,
// because "go" is shorter.
func newGoCmd(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "go COMMAND [ARGUMENTS]",
		Short: "Run a go command as the shim does",
		Long: `Go runs a go command under the policy, as the shim does. The shim hands over
to it what needs more than to become the real go: merging the modfile of an
environment, or the overlay of an editor with it, writing back to a layer what
go get and go mod tidy change, checking what a build is made of, and running a
command without a network.`,
		Example:            "  goshim go mod tidy",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			inv := shim.Invocation{Args: args, Dir: a.Dir, Env: a.Env, Self: a.shim(), Companion: a.companion()}
			status := gorun.Run(inv, gorun.Hooks{Verify: verify.Before(a.Stderr), Supply: a.supplier().Modules, Vendor: vendorsync.Run})
			if status == 0 {
				return nil
			}
			return exitError(status)
		},
	}
}

// supplier returns what sees to the modules of go commands. It shows how it goes
// to a person only: what is silent with the plain go command stays so.
func (a *App) supplier() *supply.Supplier {
	s := &supply.Supplier{Self: a.Self}
	if isTerminal(a.Stderr) {
		s.Show = a.showWarming
	}
	return s
}

// companion returns what plans need of this program.
func (a *App) companion() gorun.Companion {
	return gorun.Companion{Self: a.Self, Cache: userdir.Cache(a.getenv)}
}
