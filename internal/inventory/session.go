// Package inventory takes stock of an environment: which modules, sums and
// toolchain it is built from, what of that is in the module cache, and whether
// the go command finds it there.
package inventory

import (
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/shim"
)

// Open returns a session of the target with the toolchain that does its work in
// the end, so that no command of it switches to another. Beside the errors of
// [gorun.Open] it is one if the toolchain would have to be downloaded.
func Open(target *shim.Target) (*gorun.Session, error) {
	stack, err := gorun.Read(target.Use)
	if err != nil {
		return nil, err
	}
	real, err := toolchain(target, stack)
	if err != nil {
		return nil, err
	}
	return gorun.NewSession(with(target, real), stack)
}

// toolchain returns the go command that does the work.
func toolchain(target *shim.Target, stack *modlayer.Stack) (shim.RealGo, error) {
	merged, err := stack.Merge()
	if err != nil {
		return shim.RealGo{}, err
	}
	gomod, err := textfile.Read(target.Use.Gomod().Path, textfile.Max)
	if err != nil {
		return shim.RealGo{}, &diag.Error{Msg: err.Error()}
	}
	want, err := merged.AsksFor(gomod)
	if err != nil {
		return shim.RealGo{}, err
	}
	return target.Go(want)
}

// with returns the target with another go command, which does not switch.
func with(target *shim.Target, real shim.RealGo) *shim.Target {
	t := *target
	env := t.Environ()
	if real.Path != t.Real.Path {
		env.Set("GOROOT", real.Root, diag.Pos{})
	}
	env.Set("GOTOOLCHAIN", "local", diag.Pos{})
	t.Real, t.Env, t.Vars = real, env.Environ(), env
	return &t
}
