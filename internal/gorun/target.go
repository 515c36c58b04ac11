package gorun

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

// TargetOf returns the module that the command of a plan is about, or nil if
// there is none, and the invocation in its directory. In a workspace it is one of
// several: which one does not matter to those who look at the whole workspace.
func TargetOf(inv shim.Invocation, plan *shim.Plan, about shim.Subject) (*shim.Target, shim.Invocation, error) {
	inv.Dir, inv.Args = plan.Dir, nil
	var target *shim.Target
	switch {
	case !about.Module:
		return nil, inv, nil
	case about.Work != "":
		if target, inv = memberOf(inv, plan, about.Work); target == nil {
			return nil, inv, nil
		}
	default:
		var err error
		if target, err = shim.TargetOf(inv, ""); err != nil {
			return nil, inv, err
		}
	}
	if about.Modfile != "" {
		use := &modpair.Use{Cache: target.Use.Cache, Modfiles: []modpair.Ref{{Path: about.Modfile, Name: diag.Short(plan.Dir, about.Modfile)}}}
		use.SetRoot(target.Vars.Get, target.Use.Root)
		target.Use = use
	}
	return target, inv, nil
}

// memberOf returns a module of a workspace that has the policy of the directory
// where the command runs, or nil. The go command says what is wrong with a go.work.
func memberOf(inv shim.Invocation, plan *shim.Plan, file string) (*shim.Target, shim.Invocation) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, inv
	}
	work, err := modfile.ParseWork(file, data, nil)
	if err != nil {
		return nil, inv
	}
	env := envset.New(inv.Env)
	env.Set("GOWORK", file, diag.Pos{})
	member := inv
	member.Env = env.Environ()
	for _, use := range work.Use {
		member.Dir = modgraph.Abs(filepath.Dir(file), use.Path)
		if target, err := shim.TargetOf(member, ""); err == nil && target.Policy.Root == plan.Policy.Root {
			target.Use.Name = diag.Short(plan.Dir, filepath.Join(target.Use.Root, "go.mod"))
			return target, member
		}
	}
	return nil, inv
}
