package shim

import (
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/modrule"
)

// checkModule enforces what the policy says of replace lines, prerelease and
// pseudo-versions, on every go.mod that is in force, layers included: the one
// around the directory, or those of the workspace. It concerns the commands
// that make something of the module; one that only asks about it is answered.
func (p *planner) checkModule() error {
	if rules := p.rules(); !rules.Any() || p.typed.AtVersion() || !makesSomething(p.typed.Words) {
		return nil
	}
	if work := p.workspaceFile(); work != "" {
		return p.checkWorkspace(work)
	}
	if file := p.modfile(); file != "" && p.use == nil {
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
	file, _ := lastFlag(words, "modfile")
	return file
}

// checkGoMod checks one go.mod, with the layers over it. A file that cannot be
// read or parsed is left to the go command, which says what is wrong with it.
func (p *planner) checkGoMod(file string) error {
	if p.use != nil && file == filepath.Join(p.use.Root, "go.mod") {
		return p.checkMerged()
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	mod, err := modfile.Parse(file, data, nil)
	if err != nil {
		return nil
	}
	return p.broken(p.rules().File(p.shortName(file), mod))
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
	if err := p.broken(p.rules().Work(p.shortName(file), work)); err != nil {
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

// checkMerged checks the merged modfile. In which file a line stands only the
// companion knows.
func (p *planner) checkMerged() error {
	if p.merged == nil && p.pair.Ready() {
		mod := modfile.File{}
		if data, err := os.ReadFile(p.pair.Modfile()); err == nil {
			if parsed, err := modfile.Parse(p.pair.Modfile(), data, nil); err == nil {
				mod = *parsed
			}
		}
		if p.rules().File("", &mod) == nil {
			return nil
		}
	}
	merged, err := p.merge()
	if err != nil {
		return err
	}
	return p.broken(p.rules().Merged(merged))
}

// rules returns what the policy says of modfiles.
func (p *planner) rules() modrule.Rules { return modrule.Of(&p.policy.Env) }

// broken returns the refusal for a line that breaks a rule.
func (p *planner) broken(b *modrule.Broken) error {
	if b == nil {
		return nil
	}
	return b.Refusal(p.policy.Choice)
}
