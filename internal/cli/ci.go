package cli

import "github.com/spf13/cobra"

// newCiCmd returns the command ci, which does nothing by itself.
func newCiCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ci",
		Short: "What the jobs of a CI run",
		Args:  subcommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCiGateCmd(a))
	return cmd
}
