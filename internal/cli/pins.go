package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/pins"
)

// pinsFlags are the flags of pins.
type pinsFlags struct {
	env                   string
	all, asJSON, exitCode bool
}

func newPinsCmd(a *App) *cobra.Command {
	var flags pinsFlags
	cmd := &cobra.Command{
		Use:   "pins [--env NAME] [MODULE…]",
		Short: "Compare the versions that are selected with those that are pinned",
		Long: `Pins shows the modules of the build list that are not pinned: those that the
modfiles do not require, or at another version than minimal version selection
takes, because another module requires a higher one. It also shows selected
versions that a constraint in goshim.toml does not allow. goshim freeze pins.
With --json, it prints all modules of the build list.`,
		Example: "  goshim pins --all\n  goshim pins --env prod --exit-code",
		RunE:    func(_ *cobra.Command, args []string) error { return a.pins(flags, args) },
	}
	a.addEnvFlag(cmd, &flags.env)
	cmd.Flags().BoolVar(&flags.all, "all", false, "show those that are pinned, too")
	cmd.Flags().BoolVar(&flags.exitCode, "exit-code", false, "end with status 1 if a module is not pinned or not allowed")
	addJSONFlag(cmd, &flags.asJSON)
	return cmd
}

// A pin is a module of the build list, as JSON.
type pin struct {
	Module     string         `json:"module"`
	Selected   string         `json:"selected"`
	Required   string         `json:"required,omitempty"`
	At         *position      `json:"at,omitempty"`
	Pinned     bool           `json:"pinned"`
	Replaced   string         `json:"replaced,omitempty"`
	RequiredBy []string       `json:"requiredBy,omitempty"`
	Constraint *pinConstraint `json:"constraint,omitempty"`
}

type pinConstraint struct {
	Text      string    `json:"text"`
	At        *position `json:"at"`
	Satisfied bool      `json:"satisfied"`
}

func (a *App) pins(flags pinsFlags, names []string) error {
	target, err := a.target(flags.env)
	if err != nil {
		return err
	}
	s, err := gorun.Open(target)
	if err != nil {
		return err
	}
	defer s.Close()
	report, err := pins.Of(s)
	if err != nil {
		return err
	}
	found, err := report.Find(names)
	if err != nil {
		return err
	}
	if flags.asJSON {
		err = a.printJSON(pinsJSON(found))
	} else {
		a.printPins(found, flags.all || len(names) > 0)
	}
	if len(names) == 0 && !flags.asJSON {
		for _, c := range report.Unused {
			a.printProblem("warning", *problemOf(unusedConstraint(report, c)))
		}
	}
	if err == nil && flags.exitCode && loose(found) > 0 {
		return &foundError{}
	}
	return err
}

func unusedConstraint(report *pins.Report, c *pins.Constraint) error {
	e := report.Missing(c.Module)
	e.Pos = c.Pos
	return e
}

// loose returns how many modules are not pinned, or not allowed.
func loose(all []pins.Pin) int {
	n := 0
	for i := range all {
		if !all[i].IsPinned() || !all[i].IsAllowed() {
			n++
		}
	}
	return n
}

func pinsJSON(all []pins.Pin) []pin {
	list := []pin{}
	for _, p := range all {
		item := pin{
			Module: p.Path, Selected: p.Version, Required: p.Required, At: at(p.At),
			Pinned: p.IsPinned(), Replaced: p.Replaced, RequiredBy: p.By,
		}
		if c := p.Constraint; c != nil {
			item.Constraint = &pinConstraint{c.String(), at(c.Pos), p.IsAllowed()}
		}
		list = append(list, item)
	}
	return list
}

func (a *App) printPins(found []pins.Pin, all bool) {
	rows := [][]string{{"MODULE", "SELECTED", "PINNED", "CONSTRAINT", "NOTE"}}
	for _, p := range found {
		if all || !p.IsPinned() || !p.IsAllowed() {
			rows = append(rows, pinRow(p))
		}
	}
	if len(rows) > 1 {
		writeTable(a.Stdout, "", rows)
	}
	pinned, broken := 0, 0
	for _, p := range found {
		if p.IsPinned() {
			pinned++
		}
		if !p.IsAllowed() {
			broken++
		}
	}
	line := fmt.Sprintf("%d of %s pinned as selected", pinned, count(len(found), "module"))
	if broken > 0 {
		line += ", " + count(broken, "constraint") + " broken"
	}
	a.printf("%s\n", line)
}

func pinRow(p pins.Pin) []string {
	required, limit := "-", "-"
	if p.Required != "" {
		required = p.Required + " (" + p.At.String() + ")"
	}
	if c := p.Constraint; c != nil {
		limit = c.String() + " (" + c.Pos.String() + ")"
	}
	var notes []string
	if p.Required == "" {
		notes = append(notes, "not pinned")
	}
	if !p.IsAllowed() {
		notes = append(notes, "not allowed")
	}
	if len(p.By) > 0 {
		notes = append(notes, "required by "+strings.Join(p.By, ", "))
	}
	if p.Replaced != "" {
		notes = append(notes, "replaced by "+p.Replaced)
	}
	return []string{p.Path, p.Version, required, limit, strings.Join(notes, "; ")}
}
