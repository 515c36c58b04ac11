package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/vendorcompare"
)

func newVendorCompareCmd(a *App) *cobra.Command {
	var env string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compare",
		Short: "Compare vendor/ with what go mod vendor would write now",
		Long: `Compare runs go mod vendor, or go work vendor, into a temporary directory and names
every file of vendor/ that was altered or added, or is missing. Modules come from
the module cache, and from the proxies if they are not there. The status is 1 if
something differs.`,
		Example: "  goshim vendor compare",
		Args:    atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := a.openVendor(env)
			if err != nil {
				return err
			}
			line := newStatusLine(a.Stderr)
			line.show(v.place.Command() + " …")
			r, err := vendorcompare.Compare(cmd.Context(), v.target, v.place)
			line.clear()
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
