package shim

import (
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
)

// checkModule enforces what the policy says of replace lines and prerelease
// versions, on every go.mod that is in force: the one around the directory,
// or those of the workspace. It concerns the commands that make something of
// the module; one that only asks about it is answered.
func (p *planner) checkModule() error {
	pol := p.policy
	strict := pol.Replace.Value == "version" || pol.Replace.Value == "none" || pol.Prerelease.IsSet() && !pol.Prerelease.Value
	if !strict || p.typed.AtVersion() {
		return nil
	}
	switch p.typed.Words {
	case "build", "generate", "install", "mod vendor", "run", "test", "tool", "vet", "work vendor":
	default:
		return nil
	}
	if work := p.workspaceFile(); work != "" {
		return p.checkWorkspace(work)
	}
	if file := p.modfile(); file != "" {
		if !filepath.IsAbs(file) {
			file = filepath.Join(p.dir, file)
		}
		return p.checkGoMod(file)
	}
	if root := p.moduleRoot(); root != "" {
		return p.checkGoMod(filepath.Join(root, "go.mod"))
	}
	return nil
}

// modfile returns the value of -modfile that is in force, or "".
func (p *planner) modfile() string {
	if file, ok := p.typed.Flag("modfile"); ok {
		return file
	}
	words, _ := p.goflags()
	file, _ := lastFlag(words, "modfile")
	return file
}

// checkGoMod checks one go.mod. A file that cannot be read or parsed is left
// to the go command, which says what is wrong with it.
func (p *planner) checkGoMod(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	mod, err := modfile.Parse(file, data, nil)
	if err != nil {
		return nil
	}
	if err := p.checkReplaces(file, mod.Replace); err != nil {
		return err
	}
	if !p.policy.Prerelease.IsSet() || p.policy.Prerelease.Value {
		return nil
	}
	for _, r := range mod.Require {
		if err := p.checkRelease(file, r.Mod, r.Syntax); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) checkWorkspace(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	work, err := modfile.ParseWork(file, data, nil)
	if err != nil {
		return nil
	}
	if err := p.checkReplaces(file, work.Replace); err != nil {
		return err
	}
	for _, use := range work.Use {
		dir := filepath.FromSlash(use.Path)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(filepath.Dir(file), dir)
		}
		if err := p.checkGoMod(filepath.Join(dir, "go.mod")); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) checkReplaces(file string, replaces []*modfile.Replace) error {
	rule := p.policy.Replace
	for _, r := range replaces {
		toDir := r.New.Version == ""
		if rule.Value == "none" || rule.Value == "version" && toDir {
			return p.brokenRule(file, r.Syntax, "replaces "+r.Old.Path, "replace = "+quote(rule.Value), rule.Pos)
		}
		if p.policy.Prerelease.IsSet() && !p.policy.Prerelease.Value && !toDir {
			if err := p.checkRelease(file, r.New, r.Syntax); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkRelease refuses prerelease versions. A pseudo-version is one only to
// semver: it is what Go calls a commit without a tag.
func (p *planner) checkRelease(file string, m module.Version, line *modfile.Line) error {
	if semver.Prerelease(m.Version) == "" || module.IsPseudoVersion(m.Version) {
		return nil
	}
	return p.brokenRule(file, line, "requires the prerelease "+m.String(), "prerelease = false", p.policy.Prerelease.Pos)
}

// brokenRule names the line that breaks a rule, and the rule.
func (p *planner) brokenRule(file string, line *modfile.Line, what, rule string, source diag.Pos) error {
	name := file
	if rel, err := filepath.Rel(p.dir, file); err == nil {
		name = rel
	}
	return &diag.Error{
		Pos:  diag.Pos{File: name, Line: line.Start.Line, Col: line.Start.LineRune},
		Msg:  what + ", which " + source.String() + " rules out" + p.policy.Choice.In() + " (" + rule + ")",
		Hint: p.policy.Choice.WayOut(),
	}
}
