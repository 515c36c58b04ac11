package vendorsync

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/interrupt"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/vendortree"
	"github.com/goshim/goshim/shim"
)

// Applies reports whether the plan is that of a command that fills the vendor
// directory of the module or the workspace: go mod vendor or go work vendor,
// without an output directory or a modfile of the user's own.
func Applies(plan *shim.Plan) bool {
	cmd := plan.Command
	if cmd.Words != "mod vendor" && cmd.Words != "work vendor" || len(cmd.Args) > 0 || asksHelp(cmd) {
		return false
	}
	return !hasFlag(plan, "o") && !hasFlag(plan, "modfile")
}

// hasFlag reports whether the flag is typed or in GOFLAGS.
func hasFlag(plan *shim.Plan, name string) bool {
	if value, ok := plan.Command.Flag(name); ok {
		return value != ""
	}
	value, _ := envset.New(plan.Env).Effective("GOFLAGS")
	words, _ := gocmd.SplitGOFLAGS(value)
	for _, word := range words {
		if n, value, _ := gocmd.CutFlag(word); n == name && value != "" {
			return true
		}
	}
	return false
}

func asksHelp(cmd *gocmd.Command) bool { return cmd.Has("h") || cmd.Has("help") }

// placeOf returns the place that the command of a plan fills, for which [Applies]
// is true.
func placeOf(inv shim.Invocation, plan *shim.Plan) (*vendortree.Place, error) {
	inv.Dir = plan.Dir
	target, err := gorun.ModuleOf(inv, "")
	if err != nil {
		return nil, err
	}
	p, err := vendortree.At(target)
	if err != nil || plan.Command.Words == "mod vendor" || p.Work != nil {
		return p, err
	}
	// A workspace that has no vendor/ yet, with a module that has its own.
	if p.Inputs, err = modinput.Read(target); err == nil && p.Work != nil {
		p.Root = p.WorkDir
		p.Vendor = filepath.Join(p.Root, vendorName)
	}
	return p, err
}

// Run is the hook Vendor of [gorun.Hooks]. The output and the exit status are the
// go command's own, but where [Applies] is true the vendor directory that it makes
// is checked as by [Fill], and takes the place of the old one as a whole, with
// vendor.sum; that this cannot be is an error. What was changed by hand and is
// undone is named on standard error. Where there is no module, the go command says
// so.
func Run(inv shim.Invocation, plan *shim.Plan) (status int, err error) {
	ctx, stop := interrupt.Context()
	defer stop()
	if !Applies(plan) {
		return runGo(ctx, plan), nil
	}
	place, err := placeOf(inv, plan)
	if err != nil || place.Work == nil && plan.Command.Words == "work vendor" {
		return runGo(ctx, plan), nil
	}
	r, status, err := Fill(ctx, place, Options{}, Copy(ctx, plan))
	if r != nil {
		for _, u := range r.Undone {
			os.Stderr.WriteString("goshim: " + diag.Printable(u.File) + " was " + u.What + " by hand; that is undone\n")
		}
	}
	return status, err
}

// Copy returns a [Filler] by the go command of a plan.
func Copy(ctx context.Context, plan *shim.Plan) Filler {
	return func(dir string) (int, error) {
		to := *plan
		to.Args = append([]string{plan.Args[0]}, gocmd.Parse(plan.Args[1:]).Insert("-o="+dir).Join()...)
		return runGo(ctx, &to), nil
	}
}

// runGo runs the process of a plan with this process's standard streams, and
// returns its exit status: 128 and the number of the signal if one has ended it.
// It is asked to end when ctx ends, and this process goes on, to clear away.
func runGo(ctx context.Context, plan *shim.Plan) (status int) {
	return plan.Run(func() (int, error) {
		cmd := exec.CommandContext(ctx, plan.Path)
		cmd.Args, cmd.Env = plan.Args, plan.Env
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = 5 * time.Second
		start := plan.Start
		if start == nil {
			start = (*exec.Cmd).Start
		}
		release, err := shim.StartTied(cmd, start)
		if err != nil {
			return 0, err
		}
		defer release()
		err = cmd.Wait()
		var exit *exec.ExitError
		switch {
		case ctx.Err() != nil:
			return 128 + int(syscall.SIGINT), nil
		case errors.As(err, &exit):
			return max(exit.ExitCode(), 1), nil
		}
		return 0, err
	})
}
