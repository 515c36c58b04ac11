package cli

import (
	"github.com/goshim/goshim/policy"
)

// A skipped is a setting of the repository that is not applied, as JSON.
type skipped struct {
	Setting string    `json:"setting"`
	Class   string    `json:"class"` // B or C
	At      *position `json:"at,omitempty"`
	WayOut  string    `json:"wayOut"`
}

func (a *App) skipped(p *policy.Policy) []skipped {
	all := []skipped{}
	for _, s := range p.Skipped {
		all = append(all, skipped{s.Setting, s.Class.String(), at(s.Pos), a.wayOut(p, s)})
	}
	return all
}

// printSkipped prints the settings that are not applied, each behind indent.
func (a *App) printSkipped(p *policy.Policy, indent string) {
	var rows [][]string
	for _, s := range p.Skipped {
		rows = append(rows, []string{s.Pos.String(), s.Setting, "class " + s.Class.String(), a.wayOut(p, s)})
	}
	writeTable(a.Stdout, indent, rows)
}

// wayOut says what the user would do to have the setting applied.
func (a *App) wayOut(p *policy.Policy, s policy.Skipped) string {
	permit := "permit = " + tomlStrings([]string{s.Name}) + " in " + a.tilde(policy.UserFile(a.getenv))
	switch {
	case s.Class != policy.RunsCode:
		return "goshim trust"
	case p.Trust.Trusted:
		return permit
	}
	return "goshim trust, and " + permit
}
