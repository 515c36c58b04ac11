package cli

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/policy"
)

// newUseCmd returns the command use, which stands at the top and below env.
func newUseCmd(a *App) *cobra.Command {
	var none bool
	cmd := &cobra.Command{
		Use:   "use NAME | --none",
		Short: "Choose the environment of this checkout",
		Long: `Use chooses the environment of this checkout, for every go command from now
on. It is stored outside of the work tree. GOSHIM_ENV, where it is set, counts
more. With --none, the rules of goshim.toml choose again.`,
		Example: `  goshim use staging
  goshim use --none`,
		Args:                  atMost(1),
		ValidArgsFunction:     a.completeEnv,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case none && len(args) == 0:
				return a.use("")
			case none || len(args) == 0:
				return usageError(cmd, "use takes the name of an environment, or --none")
			}
			return a.use(args[0])
		},
	}
	cmd.Flags().BoolVar(&none, "none", false, "let the rules of goshim.toml choose")
	return cmd
}

// use stores the environment with the given name, or none, for this checkout.
func (a *App) use(name string) error {
	source, err := a.repositorySource()
	if err != nil {
		return err
	}
	if name != "" {
		if _, err := a.inspect(name); err != nil {
			return err
		}
	}
	if err := policy.StoreEnv(filepath.Dir(source.Path), name, a.getenv); err != nil {
		return err
	}
	p, err := a.inspect("")
	if err != nil {
		return err
	}
	a.printf("environment %s\n", describeChoice(p.Choice))
	return nil
}
