package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/policy"
)

// An envShow is the result of env show, as JSON.
type envShow struct {
	Environment choice    `json:"environment"`
	Protected   bool      `json:"protected"`
	Settings    []setting `json:"settings"`
	Skipped     []skipped `json:"skipped"` // what the repository is not trusted with
}

func newEnvShowCmd(a *App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show [NAME]",
		Short: "Print the settings of an environment",
		Long: `Show prints the settings of an environment as they are in force, merged from
what it inherits and from the user's and the system's policy, and where each
one comes from. Without a name, it shows the chosen environment.`,
		Example:           "  goshim env show prod",
		Args:              atMost(1),
		ValidArgsFunction: a.completeEnv,
		RunE: func(_ *cobra.Command, args []string) error {
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			p, err := a.inspect(name)
			switch {
			case err != nil:
				return err
			case asJSON:
				return a.printJSON(a.envShow(p))
			}
			a.printSettings(p)
			return nil
		},
	}
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func (a *App) envShow(p *policy.Policy) envShow {
	show := envShow{Environment: choiceOf(p.Choice), Protected: p.IsProtected(), Settings: []setting{}, Skipped: a.skipped(p)}
	for _, s := range p.Env.Settings() {
		show.Settings = append(show.Settings, settingOf(masked(s)))
	}
	return show
}

func (a *App) printSettings(p *policy.Policy) {
	var rows [][]string
	for _, s := range p.Env.Settings() {
		rows = append(rows, settingRows(masked(s))...)
	}
	a.printf("# %s\n", describeChoice(p.Choice))
	writeTable(a.Stdout, "", rows)
	if len(p.Skipped) > 0 {
		a.printf("\n# not applied\n")
		a.printSkipped(p, "# ")
	}
}

// settingRows returns a setting as lines of goshim.toml with the position as
// a comment: one line, unless its items come from different ones.
func settingRows(s policy.Setting) [][]string {
	items, ok := s.Value.([]policy.Item)
	if !ok || !severalLines(s, items) {
		return [][]string{{settingLine(s), "# " + s.Pos.String()}}
	}
	open, end := "[", "]"
	if s.Op != "" {
		open, end = "{ "+s.Op+" = [", "] }"
	}
	rows := [][]string{{tomlKey(s.Name) + " = " + open}}
	for _, it := range items {
		rows = append(rows, []string{"  " + tomlItem(it) + ",", "# " + it.Pos.String()})
	}
	return append(rows, []string{end})
}

// severalLines reports whether items of the setting stand in lines or files
// other than the setting's.
func severalLines(s policy.Setting, items []policy.Item) bool {
	for _, it := range items {
		if it.Pos.File != s.Pos.File || it.Pos.Line != s.Pos.Line {
			return true
		}
	}
	return false
}
