package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/buildwarm"
)

// newToolexecCmd is what `goshim warm` puts between the go command and its
// tools. It is not in the help, as nobody types it.
func newToolexecCmd(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "toolexec DIR TOOL [ARGUMENTS]",
		Short: "Run a tool of the go command, but not for the packages that DIR names",
		Long: `Toolexec stands between the go command and its tools while goshim fills the
build cache. It fails for packages whose import path is a line of DIR/refused;
of all others it adds the path to DIR/begun, and runs the tool.`,
		Example:            "  go build -toolexec='goshim toolexec DIR' ./...",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if status := buildwarm.Filter(args, a.Env); status != 0 {
				return exitError(status)
			}
			return nil
		},
	}
}
