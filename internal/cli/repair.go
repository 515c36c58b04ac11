package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/cacherepair"
	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
)

// repairFlags are the flags of repair.
type repairFlags struct {
	env                       string
	dryRun, all, full, asJSON bool
}

func newRepairCmd(a *App) *cobra.Command {
	var flags repairFlags
	cmd := &cobra.Command{
		Use:   "repair",
		Short: "Make anew what is wrong in the module cache, and nothing else",
		Long: `Repair verifies the module cache as goshim verify modcache does, and makes anew
what is wrong: a directory is unpacked from its zip, a .mod file is taken out of
it, and only a zip that is wrong or gone is fetched; from another proxy, if the
first gives something else than go.sum says. Then it verifies again.

The go command keeps an index of each directory in its build cache, which a repair
does not renew: go clean -cache removes it, and GODEBUG=goindex=0, which goshim sets
where an environment verifies, does without.

go.sum decides, and stays as it is; sums are never turned off. Nothing is removed
before there is something right, and go commands may run beside it. A proxy that
gave other content is named. The exit status is 1 if something is wrong still.

It does not look at vendor/: goshim verify vendor does, and goshim vendor sync
makes that anew.`,
		Example: `  goshim repair
  goshim repair --dry-run
  goshim repair --all --full`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			ctx, stop := interruptible()
			defer stop()
			err := a.repair(ctx, flags)
			if ctx.Err() != nil {
				return &diag.Error{Msg: "interrupted; what is repaired stays, and the next goshim repair goes on from there"}
			}
			return err
		},
	}
	a.addEnvFlag(cmd, &flags.env)
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "only say what is wrong")
	cmd.Flags().BoolVar(&flags.all, "all", false, "everything in the cache, by the go.sum files of all known projects")
	cmd.Flags().BoolVar(&flags.full, "full", false, "read everything, whatever is recorded")
	addJSONFlag(cmd, &flags.asJSON)
	return cmd
}

// A repairResult is the result of repair, as JSON.
type repairResult struct {
	Repaired []cacherepair.Outcome `json:"repaired"`
	Failed   []cacherepair.Outcome `json:"failed"`
	Report   *finding.Report       `json:"report"` // of the verification at the end
}

func (a *App) repair(ctx context.Context, flags repairFlags) error {
	c, err := a.openSum(flags.env)
	if err != nil {
		return err
	}
	defer c.Close()
	line := newStatusLine(a.Stderr)
	verify := func(full bool) (*cacheverify.Result, error) {
		defer line.clear()
		return cacheverify.Verify(ctx, c.target, cacheverify.Options{
			All: flags.all, Full: full, OnNote: a.warn,
			OnProgress: func(done, of int) { line.show(fmt.Sprintf("verifying: %d of %s", done, count(of, "module"))) },
		})
	}
	before, err := verify(flags.full)
	if err != nil {
		return err
	}
	if flags.dryRun {
		return a.showReport(before.Report, flags.asJSON)
	}
	var outcomes []cacherepair.Outcome
	after := before
	if len(before.Bad) > 0 {
		var modules []module.Version
		for _, b := range before.Bad {
			modules = append(modules, b.Module)
		}
		if err := a.guard(c, modules); err != nil {
			return err
		}
		r := &cacherepair.Repairer{
			Cache: c.cache, Chain: c.chain, Fetcher: c.client, Origin: cacherepair.FromOrigin(c.target),
			OnDone: func(done, of int) { line.show(fmt.Sprintf("repairing: %d of %s", done, count(of, "module"))) },
		}
		outcomes, err = r.Repair(ctx, before.Bad)
		line.clear()
		if err != nil {
			return err
		}
		if after, err = verify(false); err != nil {
			return err
		}
	}
	return a.showRepair(outcomes, after, flags.asJSON)
}

// showRepair says what has become of what was wrong, and returns the end of the
// command: an error if something is wrong still.
func (a *App) showRepair(outcomes []cacherepair.Outcome, after *cacheverify.Result, asJSON bool) error {
	result := repairResult{[]cacherepair.Outcome{}, []cacherepair.Outcome{}, after.Report}
	for _, o := range outcomes {
		if o.Err == nil {
			result.Repaired = append(result.Repaired, o)
		} else {
			result.Failed = append(result.Failed, o)
		}
	}
	var end error
	if len(result.Failed) > 0 {
		end = &foundError{}
	}
	for i := range after.Report.Findings {
		if f := &after.Report.Findings[i]; f.Hint == cacheverify.Hint {
			f.Hint = "goshim sum diagnose asks who is wrong"
		}
	}
	if asJSON {
		after.Report.Sort()
		if err := a.printJSON(result); err != nil {
			return err
		}
		if after.Report.Fails() {
			end = &foundError{}
		}
		return end
	}
	for _, o := range result.Repaired {
		a.printf("%s\n", diag.Printable(repairedText(o)))
		a.printWrong(o)
	}
	if slices.ContainsFunc(result.Repaired, func(o cacherepair.Outcome) bool { return slices.Contains(o.Parts, cacheverify.Dir) }) {
		a.printf("note: go commands may still build by their old index of a repaired directory: build with GODEBUG=goindex=0, or after go clean -cache\n")
	}
	for _, o := range result.Failed {
		a.printf("%s\n", diag.Printable(o.Name+": not repaired: "+partsText(o.Parts)+": "+o.Error))
		a.printWrong(o)
	}
	if err := a.showReport(after.Report, false); err != nil {
		end = err
	}
	return end
}

// printWrong names the sources that gave other content than go.sum says.
func (a *App) printWrong(o cacherepair.Outcome) {
	for _, w := range o.Wrong {
		a.printf("\t%s\n", diag.Printable(w.Source+" gave another "+strings.TrimPrefix(filepath.Ext(w.File), ".")+": "+w.Fault))
	}
}

// repairedText says what was made anew, and from what.
func repairedText(o cacherepair.Outcome) string {
	switch {
	case len(o.Parts) == 0:
		return o.Name + ": in order meanwhile"
	case o.From != "":
		return o.Name + ": repaired: " + partsText(o.Parts) + ", from " + o.From
	}
	return o.Name + ": repaired: " + partsText(o.Parts) + ", with what is here"
}

// partsText names parts as people do.
func partsText(parts []cacheverify.Part) string {
	names := map[cacheverify.Part]string{cacheverify.ZipHash: ".ziphash", cacheverify.Dir: "directory", cacheverify.Mod: ".mod", cacheverify.Info: ".info", cacheverify.List: "list"}
	var all []string
	for _, p := range parts {
		name := names[p]
		if name == "" {
			name = string(p)
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}
