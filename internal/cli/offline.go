package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/inventory"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/shim"
)

// newOfflineCmd returns the command offline, which does nothing by itself.
func newOfflineCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "offline",
		Short:   "Ask whether the environment can do without a network",
		Long:    "Offline is about working without a network.",
		Example: "  goshim offline check",
		Args:    subcommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newOfflineCheckCmd(a))
	return cmd
}

func newOfflineCheckCmd(a *App) *cobra.Command {
	var env string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say what is missing to build, test and list modules without a network",
		Long: `Check says "ready", or exactly what is missing: files of modules in the module
cache (or in the bundles of offline_sources), with other contents than go.sum says,
files that were deleted from the directory of a module or edited there,
lines of go.sum, the toolchain, packages. With mod = "vendor", vendor/ must have
every package, and no module is needed. Directories that stand as file:// in GOPROXY
count as the go command counts them.

In a workspace, it checks each module by itself: go.work is left aside.

It makes no requests. The status is 1 if something is missing.`,
		Example: "  goshim offline check --env prod",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			targets, err := a.members(env)
			if err != nil {
				return err
			}
			return a.checkOffline(targets, asJSON)
		},
	}
	a.addEnvFlag(cmd, &env)
	addJSONFlag(cmd, &asJSON)
	return cmd
}

// members returns the target of the environment or, in a workspace, one for each of
// its modules, the one around the directory first.
func (a *App) members(env string) ([]*shim.Target, error) {
	target, err := a.workspace(env)
	if err != nil {
		return nil, err
	}
	targets := []*shim.Target{target}
	in, err := modinput.Read(target)
	if err != nil {
		return targets, nil // the check says so
	}
	for _, main := range in.Mains[1:] {
		inv := a.invocation()
		inv.Dir = main.Dir
		other, err := shim.ModuleOf(inv, env)
		if err != nil {
			return nil, err
		}
		targets = append(targets, other)
	}
	return targets, nil
}

// checkOffline checks modules and prints what is missing, with the name of each if
// there are several.
func (a *App) checkOffline(targets []*shim.Target, asJSON bool) error {
	var all []readiness
	isReady := true
	if len(targets) > 1 {
		a.note("go.work is left aside: each of the %s of the workspace is checked by itself", count(len(targets), "module"))
	}
	for _, target := range targets {
		r, err := inventory.Check(target)
		if err != nil {
			return err
		}
		isReady = isReady && r.IsReady()
		ready, name := readinessOf(target.Policy.Choice.Env, r), ""
		if len(targets) > 1 {
			ready.Module = diag.Short(a.Dir, target.Use.Root)
			name = ready.Module + ": "
		}
		all = append(all, ready)
		if !asJSON {
			a.printReadiness(name, r)
		}
	}
	var err error
	switch {
	case asJSON && len(all) == 1:
		err = a.printJSON(all[0])
	case asJSON:
		err = a.printJSON(all)
	}
	if err == nil && !isReady {
		err = &foundError{}
	}
	return err
}

// A readiness is the result of offline check, as JSON: in a workspace, an array of
// them.
type readiness struct {
	Module      string                `json:"module,omitempty"` // directory, in a workspace
	Environment string                `json:"environment,omitempty"`
	Ready       bool                  `json:"ready"`
	Modules     int                   `json:"modules"`
	Vendor      bool                  `json:"vendor"` // no module is needed
	Toolchain   string                `json:"toolchain,omitempty"`
	Missing     []inventory.Missing   `json:"missing"`
	Altered     []cacheverify.Altered `json:"altered"`
	Damaged     []finding.Finding     `json:"damaged"`
	Problems    []string              `json:"problems"`
}

func readinessOf(env string, r *inventory.Report) readiness {
	return readiness{
		"", env, r.IsReady(), r.Modules, r.Vendor, r.Toolchain,
		append([]inventory.Missing{}, r.Missing...), append([]cacheverify.Altered{}, r.Altered...),
		append([]finding.Finding{}, r.Damaged...), append([]string{}, r.Problems...),
	}
}

func (a *App) printReadiness(name string, r *inventory.Report) {
	a.printf("%s", diag.Printable(name))
	switch n := r.Incomplete(); {
	case r.IsReady() && r.Vendor:
		a.printf("ready: vendor/ has every package, %s\n", r.Toolchain)
	case r.IsReady():
		a.printf("ready: %s, %s\n", count(r.Modules, "module"), r.Toolchain)
	case n > 0:
		a.printf("not ready: %d of %s\n", n, count(r.Modules, "module"))
	default:
		a.printf("not ready\n")
	}
	var rows [][]string
	for _, m := range r.Missing {
		rows = append(rows, []string{m.Path, m.Version, missing(m.What)})
	}
	writeTable(a.Stdout, "  ", rows)
	a.printAltered(r.Altered)
	for _, f := range r.Damaged {
		a.printf("  %s\n", f.String())
	}
	if len(r.Damaged) > 0 {
		a.printf("\thint: %s\n", cacheverify.Hint)
	}
	for _, p := range r.Problems {
		a.printf("  %s\n", diag.Printable(p))
	}
}

// missing says what is missing of a module.
func missing(what []string) string {
	var said []string
	files := make([]string, 0, len(what))
	for _, w := range what {
		switch w {
		case inventory.SumLine:
			said = append(said, "no line in go.sum")
		case inventory.SumWrong:
			said = append(said, "another hash in go.sum")
		case inventory.Whole:
			said = append(said, "not in the module cache")
		default:
			files = append(files, w)
		}
	}
	if len(files) > 0 {
		said = append(said, "no "+strings.Join(files, ", ")+" in the module cache")
	}
	return strings.Join(said, "; ")
}
