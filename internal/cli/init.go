package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/scaffold"
)

func newInitCmd(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Write a goshim.toml for this repository, and trust it",
		Long: `Init looks at the repository around the working directory: its modules,
vendor/, go.work, replace lines and the hosts that modules come from. It writes
a goshim.toml with the environments dev, staging and prod which works as it is,
with comments on what to change, and trusts it. An existing one stays.`,
		Example: "  goshim init",
		Args:    atMost(0),
		RunE:    func(*cobra.Command, []string) error { return a.init() },
	}
}

func (a *App) init() error {
	s, err := scaffold.Init(a.Dir, a.environ())
	if err != nil {
		return err
	}
	rows := [][]string{{"wrote", a.fromHere(s.Path)}}
	rows = appendRows(rows, "found", found(s.Repository))
	rows = appendRows(rows, "so", decided(s.Repository))
	if s.Choice.Env != "" {
		rows = append(rows, []string{"now", "environment " + s.Choice.Env + ", by " + s.Choice.Reason})
	}
	writeTable(a.Stdout, "", append(rows, trusted(s)...))
	a.printf("\nThe file says what else it can do. What holds: goshim explain build ./...\n")
	return nil
}

// appendRows adds lines under one heading.
func appendRows(rows [][]string, heading string, lines []string) [][]string {
	for _, line := range lines {
		rows = append(rows, []string{heading, line})
		heading = ""
	}
	return rows
}

// found returns what init saw that it took into account.
func found(r *scaffold.Repository) []string {
	m := r.Modules[0].File
	first := "module " + m.Module.Mod.Path
	if v := r.GoVersion(); v != "" {
		first += ", go " + v
	}
	if n := len(r.Modules) - 1; n > 0 {
		first += fmt.Sprintf(", and %d more", n)
	}
	lines := []string{first}
	if r.Workspace {
		lines = append(lines, "go.work")
	}
	switch r.Vendored {
	case scaffold.AllVendored:
		lines = append(lines, "vendor/")
	case scaffold.PartlyVendored:
		lines = append(lines, "vendor/ of some modules")
	}
	for _, env := range []string{"dev", "staging"} {
		if r.HasModfile(env) {
			lines = append(lines, "go."+env+".mod")
		}
	}
	if r.Replaced() {
		lines = append(lines, "replace lines")
	}
	if r.Prerelease() {
		lines = append(lines, "prereleases among the requirements")
	}
	if len(r.Private) > 0 {
		lines = append(lines, "hosts that look private: "+strings.Join(r.Private, ", "))
	}
	return lines
}

// decided returns what that means for the environments.
func decided(r *scaffold.Repository) []string {
	prod := "no "
	switch r.Mod() {
	case "vendor":
		prod = "builds from vendor/, no "
	case "readonly":
		prod = "go.mod as it is, no "
	}
	if !r.Replaced() {
		prod += "replace lines, "
	}
	if !r.Prerelease() {
		prod += "prereleases, "
	}
	prod += "go get, go mod tidy"
	lines := []string{
		"prod, on tags v*: " + prod,
		"staging, where CI=true: tests are not cached",
		"dev, otherwise: the plain go command",
	}
	if len(r.Private) > 0 {
		lines = append(lines, "everywhere: no public service hears of the private modules")
	}
	return lines
}

// trusted returns the lines about trust.
func trusted(s *scaffold.Scaffold) [][]string {
	var rows [][]string
	if s.TrustErr != nil {
		rows = append(rows, []string{"not trusted", s.TrustErr.Error()})
	} else {
		rows = append(rows, []string{"trusted", "as it is; after a change, run goshim trust"})
	}
	if s.NeedsTrust {
		rows = append(rows, []string{"", "who clones it runs goshim trust too, and CI sets"}, []string{"", "GOSHIM_TRUST=" + s.Hash})
	}
	return rows
}

// fromHere returns path relative to the working directory, if it lies there,
// or as a person writes it.
func (a *App) fromHere(path string) string {
	if rel, err := filepath.Rel(a.Dir, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return a.tilde(path)
}
