package shim

import (
	"os"
	"path/filepath"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/goroot"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/policy"
)

// This file is for programs that show what the shim would do.

// A PathGo is a go command in PATH.
type PathGo struct {
	Path string
	Shim bool // whether it is a build of the shim
}

// GoCommands returns the go commands in PATH, in its order. A script counts as
// no shim, whatever it calls.
func GoCommands(env *envset.Set) []PathGo {
	var all []PathGo
	for _, dir := range filepath.SplitList(env.Get("PATH")) {
		path := filepath.Join(dir, "go"+exeSuffix())
		if info, err := os.Stat(path); err == nil && filepath.IsAbs(path) && isExecutable(info) {
			root := toolchainRoot(path)
			all = append(all, PathGo{path, goroot.Behind(root) != "" || root == "" && isShim(path)})
		}
	}
	return all
}

// Beside returns the path of the shim that is installed beside the companion
// at self, or self if there is none.
func Beside(self string) string {
	if target, err := filepath.EvalSymlinks(self); err == nil {
		self = target
	}
	path := filepath.Join(filepath.Dir(self), "go"+exeSuffix())
	if info, err := os.Stat(path); err == nil && isExecutable(info) {
		return path
	}
	return self
}

// Version returns the version of the toolchain that the command belongs to,
// such as go1.26.8, or "unknown".
func (r RealGo) Version() string { return versionOf(r.Root) }

// Environ returns the environment in which the shim self reads a policy:
// environ, below it the user's go/env file and, if the real go is found, its
// go.env.
func Environ(self string, environ []string) *envset.Set {
	env, left := leaveGenerated(environ)
	env.UseUserFile(envset.UserFile(env.Get))
	if real, err := FindRealGo(self, env); err == nil {
		leaveSwitch(real, env, left)
		env.UseToolchainFile(func() *envset.File { return toolchainFile(real, env) })
	}
	return env
}

// A Target is the module of an invocation's directory as one environment has
// it, for programs that compare environments or move settings between them.
type Target struct {
	Policy *policy.Policy
	Use    *modpair.Use // without Modfiles if the environment has go.mod itself
	Real   RealGo
	Env    []string // of the environment's go commands, without its modfile
}

// TargetOf returns the target for the environment with the given name, or, if
// it is "", for the chosen one. The rules that allow and deny commands are not
// asked. Errors are those of [policy.Load], and that there is no module.
func TargetOf(inv Invocation, name string) (*Target, error) {
	env := Environ(inv.Self, inv.Env)
	real, err := FindRealGo(inv.Self, env)
	if err != nil {
		return nil, err
	}
	list := gocmd.Parse([]string{"list", "-m"})
	p := &planner{inv: inv, dir: inv.Dir, cmd: list, typed: list, env: env, real: real, callerGOFLAGS: env.Get("GOFLAGS")}
	if p.policy, err = policy.LoadEnv(p.dir, env, name); err != nil {
		return nil, err
	}
	if p.policy == nil {
		return nil, &diag.Error{Msg: "no policy is in force, so there are no environments", Hint: "goshim init writes a goshim.toml"}
	}
	for _, step := range []func() error{p.applyVariables, p.applyToolchain, p.applyNetwork, p.applyTags} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	use, err := p.targetUse()
	if err != nil {
		return nil, err
	}
	return &Target{p.policy, use, real, env.Environ()}, nil
}

// OtherModule returns the error for two targets that have different modules, as
// a modfile may be that of another module of the workspace.
func OtherModule(a, b *Target) error {
	return &diag.Error{
		Msg:  a.Policy.Choice.Env + " has the module in " + a.Use.Root + ", and " + b.Policy.Choice.Env + " that in " + b.Use.Root,
		Hint: "run it in the directory of the module that is meant",
	}
}

// ModfilesOf returns which modfiles the named environment puts in force in the
// directory of the invocation, whether or not its go commands could run here.
func ModfilesOf(inv Invocation, name string) (*modpair.Use, error) {
	env := Environ(inv.Self, inv.Env)
	pol, err := policy.Inspect(inv.Dir, env, name)
	if pol == nil || err != nil {
		return nil, err
	}
	list := gocmd.Parse([]string{"list", "-m"})
	p := &planner{inv: inv, dir: inv.Dir, cmd: list, typed: list, env: env, policy: pol}
	return p.targetUse()
}

// targetUse returns the modfiles in force, or go.mod itself.
func (p *planner) targetUse() (*modpair.Use, error) {
	use, _, err := p.modfiles()
	if err != nil {
		return nil, err
	}
	if use == nil {
		use = &modpair.Use{Cache: userdir.Cache(p.env.Get)}
		if root := p.moduleRoot(); root != "" {
			use.SetRoot(p.env.Get, root)
			use.Name = p.shortName(filepath.Join(root, "go.mod"))
		}
	}
	if use.Root == "" {
		return nil, &diag.Error{Msg: "there is no go.mod in " + p.inv.Dir + " or above", Hint: "go mod init makes one"}
	}
	return use, nil
}

// Generated returns the generated GOROOT of the shim self: the one that
// `nested = "capture"` gives to children. It is over root or, if that is "",
// over the GOROOT of the real go.
func Generated(self, root string, environ []string) (goroot.Dir, error) {
	env := Environ(self, environ)
	var real RealGo
	if root == "" {
		var err error
		if real, err = FindRealGo(self, env); err != nil {
			return goroot.Dir{}, err
		}
		root = effectiveRoot(real, env)
	}
	return generated(self, real, root, env.Get)
}
