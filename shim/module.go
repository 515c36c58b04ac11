package shim

import (
	"path/filepath"
	"strconv"

	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/policy"
)

// Modules are the modfiles in force where a command runs.
type Modules struct {
	Policy *policy.Policy
	Dir    string // where the command runs, from which files are named
	Work   string // path of the go.work in force, or ""
	Gomod  string // path of the go.mod, or of what a flag puts in its place, or ""
	Use    *modpair.Use
	Merged func() (Merged, error) // of Use, if that is not nil

	Actual map[string]string // what a caller's overlay has in the place of files, by absolute path
}

// checkModule enforces what the policy says of replace lines, prerelease and
// pseudo-versions, on every go.mod that is in force, layers included: the one
// around the directory, or those of the workspace. It concerns the commands
// that make something of the module; one that only asks about it is answered.
//
// The companion reads the files. Where a stamp says that they keep the rules,
// it is not asked.
func (p *planner) checkModule() error {
	if !p.policy.RulesModules() || p.typed.AtVersion() || !makesSomething(p.typed.Words) {
		return nil
	}
	m := p.modules()
	if m.Work == "" && m.Gomod == "" {
		return nil
	}
	overlay := p.callerOverlay() // no stamp knows what it has
	e := &p.policy.Env
	s := p.moduleStamp("rules 2", nil, m.Gomod, e.Replace.Value, strconv.FormatBool(e.Prerelease.Value), strconv.FormatBool(e.Pseudo.Value))
	if overlay == "" && s.Fresh() {
		return nil
	}
	if p.inv.Companion == nil {
		return errHandOver
	}
	m.Actual = p.actual(overlay)
	state, err := p.inv.Companion.CheckModules(m)
	if err != nil || overlay != "" {
		return err
	}
	p.steps = append(p.steps, Step{Do: func() error { s.Write(state); return nil }})
	return nil
}

// modules returns the modfiles in force, but for what an overlay has.
func (p *planner) modules() Modules {
	return Modules{Policy: p.policy, Dir: p.dir, Work: p.workspaceFile(), Gomod: p.gomod(), Use: p.use, Merged: p.merge}
}

// actual returns what the caller's overlay has in the place of files. If it cannot
// be read, the go command says so.
func (p *planner) actual(overlay string) map[string]string {
	if overlay == "" {
		return nil
	}
	actual, _ := p.overlaid(overlay)
	return actual
}

// abs returns the path of a file that is named from where the command runs.
func (p *planner) abs(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(p.dir, path)
}

// gomod returns the path of the go.mod in force, or "".
func (p *planner) gomod() string {
	if file := p.modfile(); file != "" && p.use == nil {
		return p.abs(file)
	}
	if root := p.moduleRoot(); root != "" {
		return filepath.Join(root, "go.mod")
	}
	return ""
}

func makesSomething(words string) bool {
	switch words {
	case "build", "generate", "install", "mod vendor", "run", "test", "tool", "vet", "work vendor":
		return true
	}
	return false
}

// modfile returns the value of -modfile that is in force, or "".
func (p *planner) modfile() string {
	if file, ok := p.typed.Flag("modfile"); ok {
		return file
	}
	words, _ := p.goflags()
	file, _ := gocmd.LastFlag(words, "modfile")
	return file
}
