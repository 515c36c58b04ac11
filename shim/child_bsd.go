//go:build unix && !linux

package shim

import (
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// tie does nothing: this system cannot tie a child's life to its parent's.
// Outside of tests the process is replaced, so there is no child.
func tie(*exec.Cmd) (release func()) { return func() {} }

func foregroundGroup(tty *os.File) (int, error) {
	return unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
}
