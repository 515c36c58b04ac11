//go:build unix

package shim

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// forwarded are the signals that are passed on to the child. The stop signals
// are not: a shell sends them to the whole group.
var forwarded = []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2}

// forward passes a signal on. What a terminal sends for a key goes to the
// whole group, the child included, so it is not sent twice.
func forward(child *os.Process, sig os.Signal) {
	if (sig == syscall.SIGINT || sig == syscall.SIGQUIT) && inForeground() {
		return
	}
	child.Signal(sig)
}

// inForeground reports whether this process is in the foreground group of its
// terminal.
func inForeground() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	pgrp, err := foregroundGroup(tty)
	return err == nil && pgrp == syscall.Getpgrp()
}

// startTied starts the child such that it dies with this process, where the
// system can do that.
func startTied(cmd *exec.Cmd, start func(*exec.Cmd) error) (release func(), err error) {
	release = tie(cmd)
	if err := start(cmd); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// endAs ends this process as the child ended: by the same signal, or with the
// status that is returned.
func endAs(state *os.ProcessState) int {
	status := state.Sys().(syscall.WaitStatus)
	if !status.Signaled() {
		return status.ExitStatus()
	}
	syscall.Kill(os.Getpid(), status.Signal())
	time.Sleep(time.Second) // delivery is asynchronous
	return 128 + int(status.Signal())
}
