package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

func newProxyCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "proxy",
		Short: "Ask how the module proxies are",
		Args:  subcommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newProxyCheckCmd(a), newProxyStatusCmd(a))
	return cmd
}

// proxyChain returns the chain of proxies that go commands have here: that of
// the environment that is in force, below it the user's own.
func (a *App) proxyChain() (*modroute.Chain, error) {
	if _, err := policy.Load(a.Dir, a.policyEnv()); err != nil {
		return nil, err
	}
	inv := a.invocation()
	inv.Args = []string{"env"}
	plan, err := shim.Resolve(inv)
	if err != nil {
		return nil, err
	}
	env := shim.Environ(a.shim(), plan.Env)
	return modroute.FromEnviron(func(name string) string {
		value, _ := env.Effective(name)
		return value
	})
}
