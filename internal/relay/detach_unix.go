//go:build unix

package relay

import (
	"os/exec"
	"syscall"
)

// detach gives the command a session of its own, so that a key at a terminal
// does not end it.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
