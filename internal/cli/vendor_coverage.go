package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/pkgscan"
	"github.com/goshim/goshim/internal/vendorcover"
	"github.com/goshim/goshim/internal/vendorgraph"
)

// platforms are those that coverage is told for beside the environment's own.
var platforms = []string{"linux/amd64", "darwin/arm64", "windows/amd64"}

func newVendorCoverageCmd(a *App) *cobra.Command {
	var env string
	var asJSON bool
	names := platforms
	cmd := &cobra.Command{
		Use:   "coverage",
		Short: "Compare what go.mod requires with what vendor/ has",
		Long: `Coverage lists the modules of vendor/, how many packages of each are there, and how
many of these builds use on each platform, with the environment's tags; "+2" are
two that only tests use. It names modules that are required directly and have no
package there (unused?), those that are there and not required, and packages that
are imported and not there.

It reads the Go files of the main modules and of vendor/, and asks nobody. The
status is 1 if something is missing or not required.`,
		Example: "  goshim vendor coverage --platform linux/arm64,js/wasm",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			c, err := a.vendorCoverage(env, names)
			if err != nil {
				return err
			}
			if asJSON {
				err = a.printJSON(c)
			} else {
				a.printCoverage(c)
			}
			if err == nil && !c.IsWhole() {
				err = &foundError{}
			}
			return err
		},
	}
	a.addEnvFlag(cmd, &env)
	addJSONFlag(cmd, &asJSON)
	cmd.Flags().StringSliceVar(&names, "platform", names, "the platforms, beside the environment's own")
	return cmd
}

func (a *App) vendorCoverage(env string, names []string) (*vendorcover.Coverage, error) {
	v, err := a.openVendor(env)
	if err != nil {
		return nil, err
	}
	own := vendorgraph.PlatformOf(v.target)
	all := []*pkgscan.Platform{own}
	for _, name := range names {
		goos, goarch, ok := strings.Cut(name, "/")
		if !ok || goos == "" || goarch == "" {
			return nil, &diag.Error{Msg: strconv.Quote(name) + " is no platform", Hint: "linux/amd64; go tool dist list prints them all"}
		}
		p := vendorgraph.On(own, goos, goarch)
		if !slices.ContainsFunc(all, func(q *pkgscan.Platform) bool { return q.String() == p.String() }) {
			all = append(all, p)
		}
	}
	graph, err := vendorgraph.Load(v.place.Mains, v.place.Vendor, v.packages())
	if err != nil {
		return nil, err
	}
	c := vendorcover.Of(v.place, v.list, graph, all, v.target.Real.Root)
	for _, modules := range [][]vendorcover.Module{c.Modules, c.Unused, c.Unrequired} {
		for i := range modules {
			if modules[i].File != "" {
				modules[i].File = a.shown(modules[i].File)
			}
		}
	}
	return c, nil
}

func (a *App) printCoverage(c *vendorcover.Coverage) {
	rows := [][]string{append([]string{"module", "version", "required", "packages"}, c.Platforms...)}
	modules, packages := 0, 0
	for _, m := range c.Modules {
		required := m.Required
		if required == "" {
			required = "no"
		}
		row := []string{m.Path, m.Version, required, strconv.Itoa(m.Packages)}
		for _, p := range c.Platforms {
			row = append(row, useText(m.Used[p]))
		}
		rows = append(rows, row)
		packages += m.Packages
		if m.Packages > 0 {
			modules++
		}
	}
	writeTable(a.Stdout, "", rows)
	for _, m := range c.Unused {
		note := finding.Finding{File: m.File, Line: m.Line, Message: m.Path + " is required, but no package of it is imported: unused?"}
		a.printf("%s\n", diag.Printable(note.String()))
	}
	for _, m := range c.Unrequired {
		a.printf("%s\n", diag.Printable(m.Path+" "+m.Version+": in vendor/, but no go.mod requires it"))
	}
	for _, m := range c.Missing {
		a.printf("%s\n", diag.Printable(m.Package+": not in vendor/, but "+m.File+" of "+m.By+" imports it"))
	}
	if !c.IsWhole() {
		a.printf("\thint: goshim vendor sync\n")
	}
	a.printf("%s, %s\n", count(modules, "module"), count(packages, "package"))
}

// useText says how many packages builds use, and how many more tests do.
func useText(u *vendorcover.Use) string {
	switch {
	case u == nil || *u == vendorcover.Use{}:
		return "-"
	case u.Test > 0:
		return strconv.Itoa(u.Build) + " +" + strconv.Itoa(u.Test)
	}
	return strconv.Itoa(u.Build)
}
