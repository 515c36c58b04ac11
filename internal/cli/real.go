package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/shim"
)

// A realGo is the go command behind the shim, as JSON.
type realGo struct {
	Path    string `json:"path"`
	From    string `json:"from"`             // how it was found: GOSHIM_REAL_GO, goshim setup, PATH, …
	GOROOT  string `json:"goroot,omitempty"` // unless it is a wrapper
	Version string `json:"version"`
}

func newRealCmd(a *App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "real",
		Short: "Print the path of the real go",
		Long: `Real prints the path of the go command that the shim runs: the one that
GOSHIM_REAL_GO names, or that goshim setup recorded, or the first in PATH that
is not a shim.`,
		Example: "  $(goshim real) version",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			real, err := a.realGo()
			switch {
			case err != nil:
				return err
			case asJSON:
				return a.printJSON(real)
			}
			a.printf("%s\n", real.Path)
			return nil
		},
	}
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func (a *App) realGo() (*realGo, error) {
	real, err := shim.FindRealGo(a.shim(), shim.Environ(a.shim(), a.Env))
	if err != nil {
		return nil, err
	}
	return &realGo{real.Path, real.From, real.Root, real.Version()}, nil
}
