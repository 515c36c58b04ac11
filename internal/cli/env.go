package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/policy"
)

// newEnvCmd returns the command env; without a subcommand it is env list.
func newEnvCmd(a *App) *cobra.Command {
	list := newEnvListCmd(a)
	cmd := &cobra.Command{
		Use:     "env",
		Short:   "List, show and choose environments",
		Long:    "Env lists the environments of the policy here. Its subcommands show what one of\nthem sets, and choose one for this checkout.",
		Example: "  goshim env\n  goshim env show prod\n  goshim env use staging",
		Args:    subcommand,
		RunE:    list.RunE,
	}
	cmd.Flags().AddFlagSet(list.Flags())
	cmd.AddCommand(list, newEnvShowCmd(a), newUseCmd(a))
	return cmd
}

// An environment is one of those that the policy files define, as JSON.
type environment struct {
	Name      string     `json:"name"`
	Chosen    bool       `json:"chosen"`
	Protected bool       `json:"protected"`
	At        []position `json:"at"` // where each file defines it
}

// An envList is the result of env list, as JSON.
type envList struct {
	Chosen       choice        `json:"chosen"`
	Environments []environment `json:"environments"`
}

func newEnvListCmd(a *App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the environments, and say which one is chosen and why",
		Long:    "List prints the environments of the policy here, where each is defined, and\nwhich one is chosen and why.",
		Example: "  goshim env list --json",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			p, err := a.inspect("")
			if err != nil {
				return err
			}
			list := envList{choiceOf(p.Choice), a.environments(p)}
			if asJSON {
				return a.printJSON(list)
			}
			a.printEnvs(list)
			return nil
		},
	}
	addJSONFlag(cmd, &asJSON)
	return cmd
}

// environments returns what the files in force define, the most specific file
// first.
func (a *App) environments(p *policy.Policy) []environment {
	all := []environment{}
	for _, f := range p.Files() {
		for _, e := range f.Envs {
			name := e.Name.Value
			i := slices.IndexFunc(all, func(e environment) bool { return e.Name == name })
			if i < 0 {
				i = len(all)
				all = append(all, environment{Name: name, Chosen: name == p.Choice.Env, Protected: a.isProtected(name)})
			}
			all[i].At = append(all[i].At, *at(e.Name.Pos))
		}
	}
	return all
}

func (a *App) isProtected(name string) bool {
	p, err := a.inspect(name)
	return err == nil && p.IsProtected()
}

func (a *App) printEnvs(list envList) {
	var rows [][]string
	for _, e := range list.Environments {
		row := []string{e.Name, e.At[0].String(), "", ""}
		if e.Protected {
			row[2] = "protected"
		}
		if e.Chosen {
			row[3] = list.Chosen.why()
		}
		rows = append(rows, row)
	}
	writeTable(a.Stdout, "", rows)
	if len(rows) == 0 {
		a.printf("%s\n", list.Chosen.Reason)
	}
}
