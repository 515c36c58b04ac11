package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/shim"
)

// newGoCmd is what the shim hands commands over to. It is not in the help,
// because "go" is shorter.
func newGoCmd(a *App) *cobra.Command {
	return &cobra.Command{
		Use:                "go COMMAND [ARGUMENTS]",
		Short:              "Run a go command as the shim does",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			status := gorun.Run(shim.Invocation{Args: args, Dir: a.Dir, Env: a.Env, Self: a.shim()})
			if status == 0 {
				return nil
			}
			return exitError(status)
		},
	}
}
