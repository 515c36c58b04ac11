package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/inventory"
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
every package, and no module is needed.

It asks nobody. The status is 1 if something is missing.`,
		Example: "  goshim offline check --env prod",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			target, err := a.workspace(env)
			if err != nil {
				return err
			}
			r, err := inventory.Check(target)
			if err != nil {
				return err
			}
			if asJSON {
				err = a.printJSON(readinessOf(target.Policy.Choice.Env, r))
			} else {
				a.printReadiness(r)
			}
			if err == nil && !r.IsReady() {
				err = &foundError{}
			}
			return err
		},
	}
	a.addEnvFlag(cmd, &env)
	addJSONFlag(cmd, &asJSON)
	return cmd
}

// A readiness is the result of offline check, as JSON.
type readiness struct {
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
		env, r.IsReady(), r.Modules, r.Vendor, r.Toolchain,
		append([]inventory.Missing{}, r.Missing...), append([]cacheverify.Altered{}, r.Altered...),
		append([]finding.Finding{}, r.Damaged...), append([]string{}, r.Problems...),
	}
}

func (a *App) printReadiness(r *inventory.Report) {
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
