package cli

import (
	"slices"

	"github.com/goshim/goshim/policy"
)

// printTrust prints what trusting a file would mean.
func (a *App) printTrust(v *trustView) {
	a.printRequests(v, policy.Widens, "widens or redirects (class B): applies once you trust the file")
	a.printRequests(v, policy.RunsCode, "runs code (class C): applies once you trust the file and permit the setting")
	a.printPermit(v)
	if len(v.requests) == 0 {
		a.printf("%s asks for nothing that needs trust\n", v.source.Name)
	}
	if len(v.always) > 0 {
		a.printf("\nalways applies (class A)\n")
		writeTable(a.Stdout, "  ", alwaysRows(v))
	}
	a.printf("\nhash %s\n", v.hash)
	for _, name := range v.files {
		a.printf("covers %s\n", name)
	}
	if v.trusted {
		a.printf("trusted\n")
	} else {
		a.printf("not trusted\n")
	}
}

// printRequests prints the requests of a class below a heading.
func (a *App) printRequests(v *trustView, class policy.Class, heading string) {
	var rows [][]string
	for _, q := range v.requests {
		if q.Class != class {
			continue
		}
		row := []string{q.Pos.String(), tableName(q.Env), requestLine(q)}
		if class == policy.RunsCode && q.Permitted {
			row = append(row, "permitted")
		}
		rows = append(rows, row)
	}
	if len(rows) > 0 {
		a.printf("%s\n", heading)
		writeTable(a.Stdout, "  ", rows)
	}
}

// requestLine returns a request as a line of goshim.toml; a flag stands for
// itself.
func requestLine(q policy.Request) string {
	if q.Value == nil {
		return q.Setting
	}
	return settingLine(requested(q))
}

func alwaysRows(v *trustView) [][]string {
	var rows [][]string
	for _, t := range v.always {
		for _, s := range t.settings {
			rows = append(rows, []string{s.Pos.String(), tableName(t.env), settingLine(masked(s))})
		}
	}
	return rows
}

// tableName returns the name of an environment's table.
func tableName(env string) string {
	if env == "common" {
		return "[common]"
	}
	return "[env." + env + "]"
}

// printPermit prints the lines that the user's policy file would need, if the
// file has requests that no upper file permits.
func (a *App) printPermit(v *trustView) {
	var names []string
	for _, q := range v.notPermitted() {
		if !slices.Contains(names, q.Name) {
			names = append(names, q.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	path := policy.UserFile(a.getenv)
	lines := []string{"version = " + policy.Version}
	if f, _ := (policy.Source{Level: policy.User, Path: path, Name: path}).Read(); f != nil {
		lines = nil
		names = append(f.Permit.Strings(), names...)
	}
	a.printf("to permit what runs code, write in %s\n", a.tilde(path))
	for _, line := range append(lines, "permit = "+tomlStrings(names)) {
		a.printf("  %s\n", line)
	}
}
