package supply

import (
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/shim"
)

// findTarget finds the module that the command is about, or leaves it nil. In a
// workspace that is one of several: which one does not matter, as what is looked
// at is the whole workspace.
func (c *call) findTarget() error {
	need := c.plan.Supply
	switch {
	case !need.Module:
		return nil
	case need.Work != "":
		c.target = c.memberOf(need.Work)
	default:
		var err error
		if c.target, err = shim.TargetOf(c.inv, ""); err != nil {
			return err
		}
	}
	if c.target == nil {
		return nil
	}
	c.target.Stamp = need.Stamp
	if need.Modfile != "" {
		use := &modpair.Use{Cache: c.target.Use.Cache, Modfiles: []modpair.Ref{{Path: need.Modfile, Name: c.short(need.Modfile)}}}
		use.SetRoot(c.target.Vars.Get, c.target.Use.Root)
		c.target.Use = use
	}
	return nil
}

// memberOf returns a module of a workspace that has the policy of the directory
// where the command runs, or nil. The go command says what is wrong with a go.work.
func (c *call) memberOf(file string) *shim.Target {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	work, err := modfile.ParseWork(file, data, nil)
	if err != nil {
		return nil
	}
	env := envset.New(c.inv.Env)
	env.Set("GOWORK", file, diag.Pos{})
	inv := c.inv
	inv.Env = env.Environ()
	for _, use := range work.Use {
		inv.Dir = modgraph.Abs(filepath.Dir(file), use.Path)
		if target, err := shim.TargetOf(inv, ""); err == nil && target.Policy.Root == c.plan.Policy.Root {
			c.inv = inv
			target.Use.Name = c.short(filepath.Join(target.Use.Root, "go.mod"))
			return target
		}
	}
	return nil
}

// short returns the path as seen from where the command runs, if that is shorter.
func (c *call) short(path string) string {
	return diag.Short(c.plan.Dir, path)
}
