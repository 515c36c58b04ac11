package cli

import "github.com/spf13/cobra"

// newVerifyCmd returns the command verify.
func newVerifyCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that what is built is what go.sum says",
		Args:  subcommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newVerifyVendorCmd(a))
	return cmd
}
