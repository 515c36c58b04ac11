package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/vendorgit"
)

func newVendorCheckCmd(a *App) *cobra.Command {
	var env string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say whether vendor/ lies in git as it is here",
		Long: `Check asks git about vendor/, vendor.sum, the go.mod files and their sums: all of
them must be there, tracked, unmodified, not ignored (the rule is named, with its
line) and not hidden from git. In the work tree and in the last commit, modules.txt
must be in step with go.mod, and go.sum must have every vendored module. Attributes
by which git converts text are noted.

The contents are the matter of "goshim verify vendor". The status is 1 if something
is found.`,
		Example: "  goshim vendor check --json",
		Args:    atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := a.openVendor(env)
			if err != nil {
				return err
			}
			r, err := vendorgit.Check(cmd.Context(), v.place, a.Env)
			if err != nil {
				return err
			}
			return a.showReport(r, asJSON)
		},
	}
	a.addEnvFlag(cmd, &env)
	addJSONFlag(cmd, &asJSON)
	return cmd
}
