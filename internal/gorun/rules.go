package gorun

import (
	"cmp"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/modrule"
	"github.com/goshim/goshim/internal/stamp"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/shim"
)

// CheckModules checks modfiles by the policy's rules. A file that cannot be read
// or parsed is left to the go command, which says what is wrong with it.
func (Companion) CheckModules(m shim.Modules) (state string, err error) {
	c := &ruleCheck{Modules: m, rules: modrule.Of(&m.Policy.Env)}
	if m.Work != "" {
		c.files = []string{m.Work}
	}
	c.files = append(c.files, c.gomods()...)
	if m.Use != nil {
		c.files = append(c.files, m.Use.Inputs()...)
	}
	state = stamp.State(c.files) // before they are read
	return state, c.check()
}

// A ruleCheck is one call of CheckModules.
type ruleCheck struct {
	shim.Modules
	rules modrule.Rules
	files []string
}

// read reads a file as the go command does.
func (c *ruleCheck) read(path string) ([]byte, error) {
	if to, ok := c.Actual[filepath.Clean(path)]; ok {
		path = to
	}
	return textfile.Read(path, textfile.Max)
}

// gomods returns the paths of the modules' go.mod files.
func (c *ruleCheck) gomods() []string {
	if c.Work == "" {
		return []string{c.Gomod}
	}
	var all []string
	if work := c.readWork(); work != nil {
		for _, use := range work.Use {
			all = append(all, filepath.Join(modgraph.Abs(filepath.Dir(c.Work), use.Path), "go.mod"))
		}
	}
	return all
}

func (c *ruleCheck) readWork() *modfile.WorkFile {
	data, err := c.read(c.Work)
	if err != nil {
		return nil
	}
	work, err := modfile.ParseWork(c.Work, data, nil)
	if err != nil {
		return nil
	}
	return work
}

func (c *ruleCheck) check() error {
	if c.Work != "" {
		if work := c.readWork(); work != nil {
			if err := c.broken(c.rules.Work(diag.Short(c.Dir, c.Work), work, c.isOutside)); err != nil {
				return err
			}
		}
	}
	for _, gomod := range c.gomods() {
		if err := c.checkGoMod(gomod); err != nil {
			return err
		}
	}
	return nil
}

// isOutside reports whether a directory that the go.work names lies outside of
// the repository that has the policy: of its git work tree or, without one, of
// the directory of goshim.toml.
func (c *ruleCheck) isOutside(path string) bool {
	root := c.Policy.Root
	if root == "" && c.Gomod != "" {
		root = filepath.Dir(c.Gomod)
	}
	if root == "" {
		root = filepath.Dir(c.Work)
	}
	root = modpair.Real(cmp.Or(git.Find(root), root))
	rel, err := filepath.Rel(root, modpair.Real(modgraph.Abs(filepath.Dir(c.Work), path)))
	return err != nil || !filepath.IsLocal(rel)
}

// checkGoMod checks one go.mod, with the layers over it.
func (c *ruleCheck) checkGoMod(path string) error {
	if c.Use != nil && modpair.Real(filepath.Dir(path)) == c.Use.Real {
		merged, err := c.Merged()
		if err != nil {
			return err
		}
		return c.broken(c.rules.Merged(merged.(modrule.Lines)))
	}
	data, err := c.read(path)
	if err != nil {
		return nil
	}
	mod, err := modfile.Parse(path, data, nil)
	if err != nil {
		return nil
	}
	return c.broken(c.rules.File(diag.Short(c.Dir, path), mod))
}

// broken returns the refusal for a line that breaks a rule.
func (c *ruleCheck) broken(b *modrule.Broken) error {
	if b == nil {
		return nil
	}
	return b.Refusal(c.Policy.Choice, c.Policy.Choice.WayOut())
}
