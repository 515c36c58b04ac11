package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/vendorsync"
	"github.com/goshim/goshim/internal/vendortree"
	"github.com/goshim/goshim/shim"
)

// vendorSyncFlags are the flags of vendor sync.
type vendorSyncFlags struct {
	env                   string
	check, noTidy, asJSON bool
}

func newVendorSyncCmd(a *App) *cobra.Command {
	var flags vendorSyncFlags
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Fill vendor/ by what go.sum says, and write vendor.sum",
		Long: `Sync does what go mod vendor does, or in a workspace go work vendor, and looks at
what is copied: each file must be the one in the zip of its module, and the hash
of the zip the one in go.sum. Then the new vendor/ takes the place of the old one
in one step, and vendor.sum is written beside it, which says what vendor/ holds.
A sync that fails, or is killed, leaves the old pair or the new one.

First it asks go mod tidy, but not in a workspace. If go.mod or go.sum lack
something, it prints that as a diff and stops.

It says what has changed, and names the files that somebody had edited, added or
removed by hand. If vendor/ and vendor.sum are right already, they are not touched.`,
		Example: `  goshim vendor sync
  goshim vendor sync --check --env prod`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error { return a.vendorSync(flags) },
	}
	a.addEnvFlag(cmd, &flags.env)
	cmd.Flags().BoolVar(&flags.check, "check", false, "only say what would change; the exit status is 1 if anything would")
	cmd.Flags().BoolVar(&flags.noTidy, "no-tidy", false, "do not ask go mod tidy, which may need modules that nothing else needs")
	addJSONFlag(cmd, &flags.asJSON)
	return cmd
}

func (a *App) vendorSync(flags vendorSyncFlags) error {
	target, err := a.workspace(flags.env)
	if err != nil {
		return err
	}
	place, err := vendortree.At(target)
	if err != nil {
		return err
	}
	memory := vendorsync.MemoryOf(target, place, strconv.FormatBool(flags.noTidy))
	if r := memory.Recall(); r != nil {
		return a.showVendorSync(r, flags)
	}
	ctx, stop := interruptible()
	defer stop()
	inv := a.invocation()
	inv.Companion = a.companion()
	inv.Args = strings.Fields(strings.TrimPrefix(place.Command(), "go "))
	env := envset.New(inv.Env)
	if flags.env != "" {
		env.Set("GOSHIM_ENV", flags.env, diag.Pos{})
	}
	if place.Work == nil { // it has a vendor/ of its own
		env.Set("GOWORK", "off", diag.Pos{})
	}
	inv.Env = env.Environ()
	memory.Begin()
	return gorun.RunBy(inv, gorun.Hooks{Supply: a.supplier().Modules}, func(plan *shim.Plan) error {
		if place.Work == nil && !flags.noTidy {
			if err := a.vendorTidy(target, plan); err != nil {
				return err
			}
		}
		line := newStatusLine(a.Stderr)
		opts := vendorsync.Options{Check: flags.check, Progress: func(done, of int) {
			line.show(fmt.Sprintf("comparing with the zips: %d of %s", done, count(of, "module")))
		}}
		r, status, err := vendorsync.Fill(ctx, place, opts, vendorsync.Copy(ctx, plan))
		line.clear()
		switch {
		case ctx.Err() != nil:
			return &diag.Error{Msg: "interrupted; vendor/ is as it was"}
		case err != nil:
			return a.vendorBad(err)
		case status != 0:
			a.note("%s stopped with an error; vendor/ is as it was", place.Command())
			return exitError(status)
		}
		memory.Keep(r)
		return a.showVendorSync(r, flags)
	})
}

// vendorTidy stops if go mod tidy would change the target's modfiles. It has the
// proxies of the plan.
func (a *App) vendorTidy(target *shim.Target, plan *shim.Plan) error {
	t := *target
	env, of := t.Environ(), envset.New(plan.Env)
	for _, name := range []string{"GOPROXY", "GONOPROXY"} {
		env.Set(name, of.Get(name), diag.Pos{})
	}
	t.Env = env.Environ()
	diff, err := vendorsync.Untidy(&t)
	if err != nil {
		return a.showFailed(err)
	}
	if len(diff) == 0 {
		return nil
	}
	if _, err := a.Stdout.Write(diff); err != nil {
		return err
	}
	return &diag.Error{Msg: "go.mod or go.sum is not tidy; vendor/ is as it was", Hint: "go mod tidy"}
}

// vendorBad shows what is wrong with what the go command has copied, and returns
// the end of the command.
func (a *App) vendorBad(err error) error {
	var bad *vendorsync.BadError
	if !errors.As(err, &bad) {
		return err
	}
	bad.Report.Sort()
	a.showLines(reportText(bad.Report, maxShown))
	return &diag.Error{Msg: "what the go command has copied is not what go.mod and go.sum say; vendor/ is as it was"}
}

func (a *App) showVendorSync(r *vendorsync.Result, flags vendorSyncFlags) error {
	if flags.asJSON {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else {
		a.printf("%s", vendorSyncText(r, flags.check))
	}
	if flags.check && r.IsChanged() {
		return &foundError{}
	}
	return nil
}

// vendorSyncText returns the result of a sync for people.
func vendorSyncText(r *vendorsync.Result, isCheck bool) string {
	var b strings.Builder
	line := func(words ...string) { b.WriteString(diag.Printable(strings.Join(words, " ")) + "\n") }
	modules := func(verb string, all []module.Version) {
		for _, m := range all {
			line(verb, m.Path, m.Version)
		}
	}
	modules("added", r.Added)
	modules("removed", r.Removed)
	for _, u := range r.Updated {
		line("updated", u.Path, "from", u.Old, "to", u.New)
	}
	const most = maxShown
	for _, u := range r.Undone[:min(len(r.Undone), most)] {
		line("undone:", u.File, "was", u.What, "by hand")
	}
	if n := len(r.Undone) - most; n > 0 {
		line("undone:", count(n, "more file"), "changed by hand; --json has all")
	}
	if len(r.Uncovered) > 0 {
		line("not covered by go.sum, as they come from directories:", strings.Join(r.Uncovered, ", "))
	}
	for _, text := range r.NotVendored {
		line("not vendored:", text)
	}
	what := map[bool]string{true: "would be replaced", false: "replaced"}[isCheck]
	switch {
	case r.Vendor && r.Sum:
		what = "vendor/ and vendor.sum " + what
	case r.Vendor:
		what = "vendor/ " + what
	case r.Sum:
		what = "vendor.sum " + what
	default:
		what = "vendor/ and vendor.sum are right: nothing is changed"
	}
	if r.Tree == "" {
		line(what + ": nothing is vendored")
		return b.String()
	}
	line(what + ": " + count(r.Files, "file") + " of " + count(r.Modules, "module") + ", " + r.Tree)
	return b.String()
}
