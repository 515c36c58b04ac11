package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/vendorcompare"
)

func newVendorCompareCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "compare",
		Short: "Compare vendor/ with what go mod vendor would write now",
		Long: `Compare runs go mod vendor, or go work vendor, into a temporary directory and names
every file of vendor/ that was altered or added, or is missing. Modules come from
the module cache, and from the proxies if they are not there. The status is 1 if
something differs.`,
		Example: "  goshim vendor compare",
		Args:    atMost(0),
	}
	return a.checkCmd(cmd, func(ctx context.Context, env string, _ []string) (*finding.Report, error) {
		v, err := a.openVendor(env)
		if err != nil {
			return nil, err
		}
		line := newStatusLine(a.Stderr)
		defer line.clear()
		line.show(v.place.Command() + " …")
		return vendorcompare.Compare(ctx, v.target, v.place)
	})
}
