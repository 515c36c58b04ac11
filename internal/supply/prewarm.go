package supply

import (
	"context"
	"os/exec"
	"time"

	"github.com/goshim/goshim/internal/detach"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/warm"
	"github.com/goshim/goshim/shim"
)

// again is how long a warm in the background is not started again.
const again = time.Minute

// prewarm fills the module cache as the policy wants it, and reports whether it
// has all that is needed now. What could not be had is left to the go command,
// which fetches it or says why not.
func (c *call) prewarm(ctx context.Context) (complete bool) {
	switch c.plan.Policy.Prewarm.Value {
	case "foreground":
		return c.warmNow(ctx)
	case "background":
		c.warmBeside()
	}
	return false
}

func (c *call) warmNow(ctx context.Context) bool {
	opts := warm.Options{Chain: c.cfg.Chain, Fetcher: c.client}
	done := func() {}
	if c.Show != nil {
		opts, done = c.Show(opts)
	}
	_, err := warm.Modules(ctx, c.target, opts)
	done()
	if err != nil {
		c.because("the module cache is not complete: " + err.Error())
		return false
	}
	return c.isComplete()
}

// warmBeside starts a warm that goes on beside the command and after it, unless
// one was started a moment ago. It knows the modfiles of the environment, and not
// that of a command's -modfile.
func (c *call) warmBeside() {
	if c.plan.Supply.Modfile != "" || !c.plan.Supply.Stamp.Claim(again) {
		return
	}
	cmd := exec.Command(c.Self, "warm", "--build")
	if env := c.plan.Policy.Choice.Env; env != "" {
		cmd.Args = append(cmd.Args, "--env="+env)
	}
	cmd.Dir, cmd.Env = c.inv.Dir, c.inv.Env
	if err := detach.Start(cmd); err != nil {
		c.because("no warm in the background: " + err.Error())
		return
	}
	cmd.Process.Release()
	c.because("goshim warm goes on in the background")
}

// because notes what was done for prewarm.
func (c *call) because(what string) {
	source := c.plan.Policy.Prewarm.Pos
	c.complete(func(plan *shim.Plan) {
		plan.Why = append(plan.Why, shim.Reason{What: diag.Printable(what), Source: source})
	})
}
