package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/vendorsync"
	"github.com/goshim/goshim/internal/vendortree"
)

func newVerifyVendorCmd(a *App) *cobra.Command {
	var env string
	var opts vendortree.Options
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "vendor",
		Short: "Check vendor/ file by file",
		Long: `Vendor compares vendor/ with vendor.sum, modules.txt with the go.mod in force, and
vendor.sum with go.sum, and names every file and module that is not as they say.
It needs no network and no module cache. Where something differs and the zips of
modules are in the module cache, with the hashes that go.sum has, they tell what
was edited by hand from what is only out of date. With --deep, all modules are
compared with their zips, whatever vendor.sum says.

The exit status is 1 if something is wrong.`,
		Example: `  goshim verify vendor
  goshim verify vendor --deep --env prod
  goshim verify vendor --json`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error { return a.verifyVendor(env, opts, asJSON) },
	}
	a.addEnvFlag(cmd, &env)
	cmd.Flags().BoolVar(&opts.Deep, "deep", false, "compare every file with the zip of its module, too")
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func (a *App) verifyVendor(env string, opts vendortree.Options, asJSON bool) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	target, err := a.workspace(env)
	if err != nil {
		return err
	}
	place, err := vendortree.At(target)
	if err != nil {
		return err
	}
	if err := vendorsync.Recover(target.Vars.Get, place.Root); err != nil {
		return err
	}
	line := newStatusLine(a.Stderr)
	opts.Progress = func(done, of int) { line.show(fmt.Sprintf("%d of %s compared", done, count(of, "module"))) }
	report, err := vendortree.Verify(ctx, place, opts)
	line.clear()
	if errors.Is(err, context.Canceled) {
		return &diag.Error{Msg: "interrupted"}
	}
	if err != nil {
		return err
	}
	return a.showReport(report, asJSON)
}
