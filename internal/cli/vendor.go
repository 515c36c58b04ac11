package cli

import "github.com/spf13/cobra"

// newVendorCmd returns the command vendor, which does nothing by itself.
func newVendorCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vendor",
		Short: "Fill vendor/ safely, and tell what is in it",
		Long: `Vendor fills vendor/ so that there is always a whole one, keeps the sums of what
is in it in vendor.sum, and tells what it holds and why.`,
		Example: `  goshim vendor sync
  goshim vendor check`,
		Args: subcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newVendorCheckCmd(a), newVendorCompareCmd(a), newVendorCoverageCmd(a), newVendorWhyCmd(a), newVendorSyncCmd(a))
	return cmd
}
