package cli

import "github.com/spf13/cobra"

// newCiCmd returns the command ci, which does nothing by itself.
func newCiCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ci",
		Short: "Decide in CI what may be released",
		Long: `Ci is for the jobs of a CI server: its checks have an exit status each, and tell
of what they find in the formats that servers read.`,
		Example: "  goshim ci gate --env prod",
		Args:    subcommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCiGateCmd(a))
	return cmd
}
