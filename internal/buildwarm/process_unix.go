//go:build unix

package buildwarm

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// lowPriority is nice(1)'s default.
const lowPriority = 10

// startGroup starts the command in a new process group, so that Ctrl-C reaches
// it only by way of us. The group is interrupted when the command is cancelled:
// the go command then removes its temporary files. What is left of the group is
// killed by end, if that is told so.
func startGroup(cmd *exec.Cmd, start func(*exec.Cmd) error, low bool) (end func(killed bool), err error) {
	cmd.SysProcAttr = tie(&syscall.SysProcAttr{Setpgid: true})
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	if err := start(cmd); err != nil {
		return nil, err
	}
	group := cmd.Process.Pid
	if low { // it may be lower already, and not to be raised
		unix.Setpriority(unix.PRIO_PGRP, group, lowPriority)
	}
	return func(killed bool) {
		if killed {
			syscall.Kill(-group, syscall.SIGKILL)
		}
	}, nil
}
