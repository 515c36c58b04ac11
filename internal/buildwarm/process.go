package buildwarm

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"time"
)

// isExit reports whether the error is that of a go command that ran and failed.
func isExit(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit)
}

// stopTime is how long a go command has to end, and to remove its temporary
// files, once it is asked to.
const stopTime = 5 * time.Second

// run runs the real go in a process group of its own, at low priority if low is
// set. If ctx ends, the go command and all that it started have ended when run
// returns, which is soon.
func (c *config) run(ctx context.Context, args []string, stdout, stderr io.Writer, low bool) error {
	cmd := exec.CommandContext(ctx, c.path, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.dir, c.env, stdout, stderr
	cmd.WaitDelay = stopTime
	start := c.start
	if start == nil {
		start = (*exec.Cmd).Start
	}
	end, err := startGroup(cmd, start, low)
	if err != nil {
		return err
	}
	err = cmd.Wait()
	end(ctx.Err() != nil)
	return err
}
