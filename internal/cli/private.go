package cli

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/modroute"
)

func newPrivateCmd(a *App) *cobra.Command {
	var env string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "private MODULE…",
		Short: "Say which patterns make a module private",
		Long: `Private prints for each module which pattern of GOPRIVATE, GONOPROXY and
GONOSUMDB matches it, as they are in force in an environment, and patterns that
nearly do. A pattern matches a prefix of the path, element by element, and the
case counts: example.com matches nothing on git.example.com.`,
		Example: "  goshim private git.corp.example.com/team/lib",
		Args:    atLeastOne("private says it of which module?"),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := a.supplyOf(env)
			if err != nil {
				return err
			}
			matches := make([]privateMatch, len(args))
			for i, path := range args {
				matches[i] = s.private(path)
			}
			if asJSON {
				return a.printJSON(matches)
			}
			for _, m := range matches {
				a.printPrivate(m)
			}
			return nil
		},
	}
	a.addEnvFlag(cmd, &env)
	addJSONFlag(cmd, &asJSON)
	return cmd
}

// atLeastOne returns the [cobra.PositionalArgs] of a command that does nothing
// without an argument.
func atLeastOne(msg string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError(cmd, msg)
		}
		return nil
	}
}

// A privateMatch says which patterns match a module, as JSON.
type privateMatch struct {
	Module string         `json:"module"`
	Lists  []patternMatch `json:"lists"`
}

// A patternMatch is what one list has for a module, as JSON.
type patternMatch struct {
	Variable string         `json:"variable"`
	Default  bool           `json:"default"`           // it is not set, so GOPRIVATE counts
	Pattern  string         `json:"pattern,omitempty"` // that matches
	From     *origin        `json:"source,omitempty"`
	Near     []patternFault `json:"near,omitempty"`
}

// A patternFault is a pattern that nearly matches, as JSON.
type patternFault struct {
	Pattern string `json:"pattern"`
	Why     string `json:"why"`
	From    origin `json:"source"`
}

func (s *moduleSupply) private(path string) privateMatch {
	result := privateMatch{Module: path}
	for _, list := range []struct{ name, patterns string }{
		{"GOPRIVATE", s.chain.Private},
		{"GONOPROXY", s.chain.NoProxy},
		{"GONOSUMDB", s.chain.NoSumdb},
	} {
		m := patternMatch{Variable: list.name, Default: s.originOf(list.name).From == "GOPRIVATE"}
		var near []modroute.NearMiss
		if m.Pattern, near = modroute.Match(list.patterns, path); m.Pattern != "" {
			from := s.originOfPattern(list.name, m.Pattern)
			m.From = &from
		}
		for _, n := range near {
			m.Near = append(m.Near, patternFault{n.Pattern, n.Why, s.originOfPattern(list.name, n.Pattern)})
		}
		result.Lists = append(result.Lists, m)
	}
	return result
}

func (a *App) printPrivate(m privateMatch) {
	var rows [][]string
	for _, list := range m.Lists {
		if list.Default {
			rows = append(rows, []string{list.Variable, "as GOPRIVATE"})
			continue
		}
		if list.Pattern != "" {
			rows = append(rows, []string{list.Variable, strconv.Quote(list.Pattern) + " matches", list.From.String()})
			continue
		}
		rows = append(rows, []string{list.Variable, "no pattern matches"})
		for _, n := range list.Near {
			rows = append(rows, []string{"", strconv.Quote(n.Pattern) + " does not: " + n.Why, n.From.String()})
		}
	}
	a.printf("%s\n", m.Module)
	writeTable(a.Stdout, "  ", rows)
}
