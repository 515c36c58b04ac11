package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/vendorsync"
	"github.com/goshim/goshim/internal/vendortree"
)

func newVerifyVendorCmd(a *App) *cobra.Command {
	var opts vendortree.Options
	cmd := &cobra.Command{
		Use:   "vendor",
		Short: "Check vendor/ file by file",
		Long: `Vendor compares vendor/ with vendor.sum, modules.txt with the go.mod in force, and
vendor.sum with go.sum, and names every file and module that is not as they say.
It needs no network and no module cache. Where something differs and the zips of
modules are in the module cache, with the hashes that go.sum has, they tell what
was edited by hand from what is only out of date. With --deep, all modules are
compared with their zips, whatever vendor.sum says; a zip that has not changed
since it was read is not read again, as by goshim verify modcache.

The exit status is 1 if something is wrong.`,
		Example: `  goshim verify vendor
  goshim verify vendor --deep --env prod
  goshim verify vendor --json`,
		Args: atMost(0),
	}
	cmd.Flags().BoolVar(&opts.Deep, "deep", false, "compare every file with the zip of its module, too")
	return a.checkCmd(cmd, func(ctx context.Context, env string, _ []string) (*finding.Report, error) {
		target, err := a.workspace(env)
		if err != nil {
			return nil, err
		}
		place, err := vendortree.At(target)
		if err != nil {
			return nil, err
		}
		if err := vendorsync.Recover(target.Vars.Get, place.Root); err != nil {
			return nil, err
		}
		line := newStatusLine(a.Stderr)
		defer line.clear()
		opts.Progress = func(done, of int) { line.show(fmt.Sprintf("%d of %s compared", done, count(of, "module"))) }
		return vendortree.Verify(ctx, place, opts)
	})
}
