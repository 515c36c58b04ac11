package cli

import "github.com/spf13/cobra"

func newProxyCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "proxy",
		Short: "Show the module proxies, and ask how they are",
		Long: `Proxy tells about the module proxies that go commands have here: those of
GOPROXY and of the routes, as the environment in force has them.`,
		Example: "  goshim proxy show\n  goshim proxy check\n  goshim proxy status",
		Args:    subcommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newProxyShowCmd(a), newProxyCheckCmd(a), newProxyStatusCmd(a))
	return cmd
}
