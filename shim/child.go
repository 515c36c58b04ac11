package shim

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
)

// Child runs the plan's process as a child and takes its end for our own:
// signals are passed on, and the child does not outlive this process.
func (p *Plan) Child() (status int, err error) {
	cmd := exec.Command(p.Path)
	cmd.Args, cmd.Env = p.Args, p.Env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr

	signals := make(chan os.Signal, 16)
	signal.Notify(signals, forwarded...)
	start := p.Start
	if start == nil {
		start = (*exec.Cmd).Start
	}
	release, err := startTied(cmd, start)
	if err != nil {
		return 0, err
	}
	defer release()
	go func() {
		for sig := range signals {
			forward(cmd.Process, sig)
		}
	}()
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	signal.Reset()
	return endAs(cmd.ProcessState), nil
}
