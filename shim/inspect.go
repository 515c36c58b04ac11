package shim

import (
	"os"
	"path/filepath"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/goroot"
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

// VariablesOf returns the policy for the environment with the given name or, if
// it is "", for the chosen one, and the variables that decide where modules come
// from, as go commands in inv's directory get them. The policy is nil if none is
// in force. What is not trusted is left out, in a protected environment too.
func VariablesOf(inv Invocation, name string) (*policy.Policy, *envset.Set, error) {
	env := Environ(inv.Self, inv.Env)
	pol, err := policy.Inspect(inv.Dir, env, name)
	if pol == nil || err != nil {
		return nil, env, err
	}
	list := gocmd.Parse([]string{"list", "-m"})
	p := &planner{inv: inv, dir: inv.Dir, cmd: list, typed: list, env: env, policy: pol, callerGOFLAGS: env.Get("GOFLAGS")}
	if err := p.applyVariables(); err != nil {
		return nil, nil, err
	}
	return pol, env, p.applyNetwork()
}
