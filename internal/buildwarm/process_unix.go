//go:build unix

package buildwarm

import (
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/goshim/goshim/shim"
)

// lowPriority is nice(1)'s default.
const lowPriority = 10

// startGroup starts the command in a new process group, so that Ctrl-C reaches
// it only by way of us, and such that it dies with us. The goroutine that calls it
// calls end. The group is interrupted when the command is cancelled:
// the go command then removes its temporary files. What is left of the group is
// killed by end, if that is told so.
func startGroup(cmd *exec.Cmd, start func(*exec.Cmd) error, low bool) (end func(killed bool), err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	release, err := shim.StartTied(cmd, start)
	if err != nil {
		return nil, err
	}
	group := cmd.Process.Pid
	if low { // it may be lower already, and not to be raised
		unix.Setpriority(unix.PRIO_PGRP, group, lowPriority)
	}
	return func(killed bool) {
		defer release()
		if killed {
			killGroup(group)
		}
	}, nil
}

// killGroup kills what is left of the group, and waits until it is gone. The
// processes are not ours but orphans: where nobody collects those, the wait
// ends all the same.
func killGroup(group int) {
	const tries = 200
	for range tries {
		if syscall.Kill(-group, syscall.SIGKILL) != nil {
			return // there is none
		}
		time.Sleep(10 * time.Millisecond)
	}
}
