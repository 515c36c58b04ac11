package gorun

import (
	"cmp"
	"path/filepath"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/modrule"
	"github.com/goshim/goshim/internal/stamp"
	"github.com/goshim/goshim/shim"
)

// CheckModules checks modfiles by the policy's rules. A file that cannot be read
// or parsed is left to the go command, which says what is wrong with it.
func (Companion) CheckModules(m shim.Modules) (state string, err error) {
	c := &ruleCheck{modules{m}, modrule.Of(&m.Policy.Env)}
	state = stamp.State(c.files()) // before they are read
	return state, c.check()
}

// A ruleCheck is one call of CheckModules.
type ruleCheck struct {
	modules
	rules modrule.Rules
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
	mod := c.readMod(path)
	if mod == nil {
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
