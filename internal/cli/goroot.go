package cli

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/shim"
)

// A generatedGoroot is a generated GOROOT, as JSON.
type generatedGoroot struct {
	GOROOT string `json:"goroot"`
	Real   string `json:"real"` // the GOROOT behind it
	Shim   string `json:"shim"` // what its bin/go leads to
}

func newGorootCmd(a *App) *cobra.Command {
	var asJSON bool
	var real, self string
	cmd := &cobra.Command{
		Use:   "goroot",
		Short: "Print a GOROOT whose go is the shim",
		Long: `Goroot prints the path of a GOROOT in which bin/go is the shim and all else is
the real go's, by symbolic links. It is made if it is not there.

An editor that wants the folder of a Go SDK can be given this one. Where a
policy has nested = "capture", the programs that go generate, run, test and tool
start find their go there.`,
		Example: "  goshim goroot --json",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			if self == "" {
				self = a.shim()
			}
			if strings.TrimSuffix(filepath.Base(self), ".exe") != "go" {
				return &diag.Error{
					Msg:  "there is no shim beside " + strconv.Quote(a.Self),
					Hint: "goshim setup installs both",
				}
			}
			dir, err := shim.Generated(self, real, a.Env)
			if err == nil {
				err = dir.Make()
			}
			switch {
			case err != nil:
				return err
			case asJSON:
				return a.printJSON(generatedGoroot{dir.Path, dir.Real, dir.Shim})
			}
			a.printf("%s\n", dir.Path)
			return nil
		},
	}
	addJSONFlag(cmd, &asJSON)
	// What the shim knows when it has one made.
	cmd.Flags().StringVar(&real, "real", "", "the GOROOT behind it")
	cmd.Flags().StringVar(&self, "shim", "", "what its bin/go leads to")
	for _, name := range []string{"real", "shim"} {
		cmd.Flags().Lookup(name).Hidden = true
	}
	return cmd
}
