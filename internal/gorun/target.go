package gorun

import (
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/policy"
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
		if target, inv = memberOf(inv, about.Work, "", plan.Policy); target == nil {
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

// ModuleOf returns what [shim.ModuleOf] does, also in a directory of a workspace
// that no module is around: then it is one of the workspace's, as by [TargetOf].
func ModuleOf(inv shim.Invocation, env string) (*shim.Target, error) {
	vars := shim.Environ(inv.Self, inv.Env)
	gowork, _ := vars.Effective("GOWORK")
	file := gomod.Workspace(inv.Dir, gowork)
	if file == "" || gomod.Root(inv.Dir) != "" {
		return shim.ModuleOf(inv, env)
	}
	pol, err := policy.LoadEnv(inv.Dir, vars, env)
	if err != nil {
		return nil, err
	}
	if target, _ := memberOf(inv, file, env, pol); target != nil {
		return target, nil
	}
	return nil, &diag.Error{
		Pos: diag.Pos{File: diag.Short(inv.Dir, file)}, Msg: "no module of the workspace has the policy of this directory, and can be read",
		Hint: "run it in the directory of the module that is meant",
	}
}

// WorkspaceOf returns the path of the go.work in force that has the target's
// module, or "".
func WorkspaceOf(target *shim.Target) string {
	gowork, _ := target.Vars.Effective("GOWORK")
	work := gomod.Workspace(target.Use.Root, gowork)
	if work == "" || !(Companion{}).InWorkspace(work, modpair.Real(target.Use.Root)) {
		return ""
	}
	return work
}

// LeftAside says, in a sentence, that a command takes the target's module
// without the workspace that has it, or nothing if none does.
func LeftAside(target *shim.Target) string {
	work := WorkspaceOf(target)
	if work == "" {
		return ""
	}
	return filepath.Base(work) + " is left aside: the command is about the module in " + target.Use.Root + " by itself, as with GOWORK=off"
}

// memberOf returns a module of a workspace that has the policy of the directory
// where the command runs, which may be nil, as the named environment has it, and
// the invocation in its directory. It is nil if there is none. The go command says
// what is wrong with a go.work.
func memberOf(inv shim.Invocation, file, env string, pol *policy.Policy) (*shim.Target, shim.Invocation) {
	data, err := textfile.Read(file, textfile.Max)
	if err != nil {
		return nil, inv
	}
	work, err := modfile.ParseWork(file, data, nil)
	if err != nil {
		return nil, inv
	}
	root := ""
	if pol != nil {
		root = pol.Root
	}
	vars := envset.New(inv.Env)
	vars.Set("GOWORK", file, diag.Pos{})
	member := inv
	member.Env = vars.Environ()
	for _, use := range work.Use {
		member.Dir = modgraph.Abs(filepath.Dir(file), use.Path)
		if target, err := shim.ModuleOf(member, env); err == nil && target.Policy.Root == root {
			target.Use.Name = diag.Short(inv.Dir, filepath.Join(target.Use.Root, "go.mod"))
			return target, member
		}
	}
	return nil, inv
}
