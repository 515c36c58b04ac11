package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/snapshot"
	"github.com/goshim/goshim/shim"
)

// verifyModcacheFlags are the flags of verify modcache.
type verifyModcacheFlags struct {
	env, export, against string
	all, full, asJSON    bool
	sample               int
}

func newVerifyModcacheCmd(a *App) *cobra.Command {
	var flags verifyModcacheFlags
	cmd := &cobra.Command{
		Use:   "modcache",
		Short: "Compare the module cache with go.sum",
		Long: `Modcache compares what the module cache has of the build list with go.sum: zips,
extracted directories, .ziphash and .mod files. Files that differ are named. It
asks nobody and changes nothing in the cache. A module that is not there is no
fault.

What was read and was in order is recorded with sizes and times, so that the next
time only what has changed is read. --full reads everything. --sample 10 also reads
the tenth of the modules that was read longest ago, so that ten calls read all.

With --all, every module in the cache is compared, with the go.sum file here and,
where that says nothing, those of all projects that were verified before; what none
of them has is compared with its .ziphash file, as go mod verify does, and listed
as not covered.

With --export, the names and SHA-256 hashes of all files that were in order are
written to a file, by which --against verifies another cache, or one on another
machine, without go.sum.

The exit status is 1 if something is not as it must be.`,
		Example: `  goshim verify modcache
  goshim verify modcache --all --sample 10
  goshim verify modcache --export modules.txt
  GOMODCACHE=/mnt/mod goshim verify modcache --against modules.txt`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error { return a.verifyModcache(flags) },
	}
	a.addEnvFlag(cmd, &flags.env)
	cmd.Flags().BoolVar(&flags.all, "all", false, "everything in the cache, by the go.sum files of all known projects")
	cmd.Flags().BoolVar(&flags.full, "full", false, "read everything, whatever is recorded")
	cmd.Flags().IntVar(&flags.sample, "sample", 0, "read this percentage of the modules again, the ones read longest ago")
	cmd.Flags().StringVar(&flags.export, "export", "", "write the hashes of all files to this file")
	cmd.Flags().StringVar(&flags.against, "against", "", "compare with this file of --export instead of go.sum")
	cmd.MarkFlagsMutuallyExclusive("all", "against")
	addJSONFlag(cmd, &flags.asJSON)
	return cmd
}

func (a *App) verifyModcache(flags verifyModcacheFlags) error {
	if flags.sample < 0 || flags.sample > 100 {
		return &diag.Error{Msg: "--sample must be from 0 to 100", Hint: "it is a percentage of the modules"}
	}
	if flags.export != "" {
		if err := cacheverify.OwnListing.Check(a.abs(flags.export), flags.export); err != nil {
			return err
		}
	}
	ctx, stop := interruptible()
	defer stop()
	line := newStatusLine(a.Stderr)
	opts := cacheverify.Options{
		All: flags.all, Full: flags.full, Sample: flags.sample, Export: flags.export != "",
		OnProgress: func(done, of int) { line.show(fmt.Sprintf("%d of %s", done, count(of, "module"))) },
		OnNote:     a.warn,
	}
	if flags.against != "" {
		data, err := os.ReadFile(a.abs(flags.against))
		if err != nil {
			return &diag.Error{Msg: err.Error()}
		}
		if opts.Against, err = cacheverify.ParseListing(data, a.shown(a.abs(flags.against))); err != nil {
			return err
		}
	}
	r, err := a.runCacheVerify(ctx, flags.env, opts)
	line.clear()
	if ctx.Err() != nil {
		return &diag.Error{Msg: "interrupted; what was verified is recorded"}
	}
	if err != nil {
		return err
	}
	end := a.showReport(r.Report, flags.asJSON)
	if flags.export == "" {
		return end
	}
	if end != nil {
		a.note("%s is not written, because not everything is in order", a.shown(a.abs(flags.export)))
		return end
	}
	var text bytes.Buffer
	if err := r.Listing.Write(&text); err != nil {
		return err
	}
	if err := snapshot.Replace(a.abs(flags.export), text.Bytes(), 0o666); err != nil {
		return &diag.Error{Msg: "writing the hashes: " + err.Error()}
	}
	return nil
}

// runCacheVerify verifies what the module here needs. All of a cache, or what a
// listing has, can be verified where there is no module.
func (a *App) runCacheVerify(ctx context.Context, env string, opts cacheverify.Options) (*cacheverify.Result, error) {
	if (opts.All || opts.Against != nil) && env == "" && gomod.Root(a.Dir) == "" {
		vars := shim.Environ(a.shim(), a.Env)
		return cacheverify.VerifyCache(ctx, shim.ModuleCache(vars), vars.Get, opts)
	}
	target, err := a.workspace(env)
	if err != nil {
		return nil, err
	}
	return cacheverify.Verify(ctx, target, opts)
}
