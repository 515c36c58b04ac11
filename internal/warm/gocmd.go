package warm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/shim"
)

// OpenCache opens the module cache of an environment.
func OpenCache(env *envset.Set) (*modcache.Cache, error) {
	return modcache.Open(shim.ModuleCache(env), isWritable(env))
}

// isWritable reports whether GOFLAGS has -modcacherw.
func isWritable(env *envset.Set) bool {
	value, _ := env.Effective("GOFLAGS")
	words, _ := gocmd.SplitGOFLAGS(value)
	for _, word := range slices.Backward(words) {
		if name, arg, has := gocmd.CutFlag(word); name == "modcacherw" {
			return !has || arg != "false" && arg != "0"
		}
	}
	return false
}

// byGo lets the go command fetch what is not fetched here: versions without a
// sum, and files that come from their origin. It works in a module of its own
// that has all sums of the target, so that go.mod, go.sum and go.work.sum stay
// as they are.
func (w *warming) byGo(ctx context.Context, bare []module.Version, direct []*file) error {
	whole, mods := slices.Clone(bare), []module.Version{}
	for _, f := range direct {
		switch {
		case f.zip && !slices.Contains(whole, f.Version):
			whole = append(whole, f.Version)
		case !f.zip && !slices.Contains(mods, f.Version):
			mods = append(mods, f.Version)
		}
	}
	if len(whole)+len(mods) == 0 {
		return nil
	}
	if w.opts.OnGo != nil {
		w.opts.OnGo(slices.Concat(whole, mods))
	}
	dir, err := w.scratch()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := w.goCommand(ctx, dir, []string{"mod", "download"}, whole); err != nil {
		return err
	}
	if err := w.goCommand(ctx, dir, []string{"list", "-m"}, mods); err != nil {
		return err
	}
	w.sum.ByGo = append(append(w.sum.ByGo, whole...), mods...)
	return nil
}

// scratch makes a module that requires nothing and has the target's sums.
func (w *warming) scratch() (string, error) {
	dir, err := os.MkdirTemp("", "goshim-")
	if err != nil {
		return "", &diag.Error{Msg: err.Error(), Hint: "set TMPDIR to a directory that can be written"}
	}
	gomod := "module goshim.invalid/warm\n"
	if f := w.in.Mains[0].File; f.Go != nil {
		gomod += "\ngo " + f.Go.Version + "\n"
	}
	var sums strings.Builder
	for m, list := range w.in.Sums {
		for _, sum := range list {
			fmt.Fprintf(&sums, "%s %s %s\n", m.Path, m.Version, sum)
		}
	}
	err = os.WriteFile(filepath.Join(dir, "go.mod"), []byte(gomod), 0o666)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "go.sum"), []byte(sums.String()), 0o666)
	}
	if err != nil {
		os.RemoveAll(dir)
	}
	return dir, err
}

// goCommand runs a go command about modules in the target's environment. That
// it fails is a [*gorun.GoError].
func (w *warming) goCommand(ctx context.Context, dir string, words []string, modules []module.Version) error {
	if len(modules) == 0 {
		return nil
	}
	args := slices.Clone(words)
	for _, m := range modules {
		args = append(args, m.Path+"@"+m.Version)
	}
	flags := "-mod=mod"
	if isWritable(w.env) {
		flags += " -modcacherw"
	}
	env := envset.New(w.target.Env)
	env.Set("GOWORK", "off", diag.Pos{})
	env.Set("GOFLAGS", flags, diag.Pos{})
	cmd := exec.CommandContext(ctx, w.target.Real.Path, args...)
	cmd.Dir, cmd.Env = dir, append(env.Environ(), "PWD="+dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &gorun.GoError{Args: words, Stderr: strings.TrimSpace(stderr.String())}
	}
	return err
}
