package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/vendorgit"
)

func newVendorCheckCmd(a *App) *cobra.Command {
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
	}
	return a.checkCmd(cmd, func(ctx context.Context, env string, _ []string) (*finding.Report, error) {
		v, err := a.openVendor(env)
		if err != nil {
			return nil, err
		}
		return vendorgit.Check(ctx, v.place, a.Env)
	})
}
