package cli

import "github.com/spf13/cobra"

// newSumCmd returns the command sum, which does nothing by itself.
func newSumCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sum",
		Short: "Check go.sum, and find out why something is not what it says",
		Long: `Sum checks go.sum, says what its lines mean, finds out who has changed what if
something has another hash, and compares the lines with the checksum database.
None of its commands changes go.sum.`,
		Example: `  goshim sum lint
  goshim sum explain golang.org/x/mod
  goshim sum diagnose golang.org/x/mod@v0.42.0
  goshim sum audit`,
		Args: subcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSumLintCmd(a))
	return cmd
}
