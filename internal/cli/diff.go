package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/envdiff"
	"github.com/goshim/goshim/shim"
)

func newDiffCmd(a *App) *cobra.Command {
	var asJSON, exitCode bool
	cmd := &cobra.Command{
		Use:   "diff ENV ENV",
		Short: "Say what differs between two environments",
		Long: `Diff prints what differs between two environments: the selected version of every
module, replacements and other lines of go.mod, hashes, variables, flags and
other settings. It prints nothing if they are equal. That one has no hash of a
module, or another modfile, is no difference in itself.`,
		Example: `  goshim diff dev prod
  goshim diff --exit-code staging prod`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageError(cmd, "diff takes the names of two environments")
			}
			return atMost(2)(cmd, args)
		},
		ValidArgsFunction: a.completeEnvs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			groups, err := a.diff(args[0], args[1])
			if err != nil {
				return err
			}
			if asJSON {
				err = a.printJSON(envDiff{args[0], args[1], groups})
			} else {
				a.printDiff(args[0], args[1], groups)
			}
			if err == nil && exitCode && len(groups) > 0 {
				err = &foundError{}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&exitCode, "exit-code", false, "end with status 1 if they differ")
	addJSONFlag(cmd, &asJSON)
	return cmd
}

// An envDiff is the result of diff, as JSON.
type envDiff struct {
	A      string          `json:"a"`
	B      string          `json:"b"`
	Groups []envdiff.Group `json:"groups"`
}

func (a *App) diff(first, second string) ([]envdiff.Group, error) {
	var targets []*shim.Target
	for _, name := range []string{first, second} {
		target, err := a.target(name)
		if err != nil {
			return nil, err
		}
		targets = append(targets, target)
	}
	if targets[0].Use.Root != targets[1].Use.Root {
		return nil, shim.OtherModule(targets[0], targets[1])
	}
	var sides []*envdiff.Side
	for _, target := range targets {
		side, err := envdiff.SideOf(target)
		if err != nil {
			return nil, err
		}
		for _, s := range target.Policy.Settings() {
			shown := masked(s)
			side.Settings = append(side.Settings, envdiff.Setting{Name: s.Name, Value: tomlValue(s.Op, s.Value), Shown: tomlValue(shown.Op, shown.Value)})
		}
		sides = append(sides, side)
	}
	groups := envdiff.Compare(sides[0], sides[1])
	if groups == nil {
		groups = []envdiff.Group{}
	}
	return groups, nil
}

func (a *App) printDiff(first, second string, groups []envdiff.Group) {
	for i, g := range groups {
		if i > 0 {
			a.printf("\n")
		}
		rows := [][]string{{g.Name, first, second}}
		for _, r := range g.Rows {
			rows = append(rows, []string{"  " + r.Name, cell(r.A), cell(r.B)})
		}
		writeTable(a.Stdout, "", rows)
	}
}

// cell returns a value, or what stands for none.
func cell(text *string) string {
	if text == nil {
		return "-"
	}
	return *text
}
