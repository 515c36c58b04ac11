package cli

import "github.com/spf13/cobra"

// newVerifyCmd returns the command verify.
func newVerifyCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that what is built is what go.sum says",
		Long: `Verify compares what a build reads with what go.sum says. It asks nobody, and
changes nothing of what it looks at. What an environment names in verify is also
checked before every go command that builds. The exit status is 1 if something
is wrong.`,
		Example: `  goshim verify vendor
  goshim verify modcache --all`,
		Args: subcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newVerifyGitCmd(a), newVerifyVendorCmd(a), newVerifyModcacheCmd(a))
	return cmd
}
