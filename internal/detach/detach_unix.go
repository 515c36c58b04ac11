//go:build unix

package detach

import (
	"os/exec"
	"syscall"
)

// FromTerminal gives the command a session of its own, so that a key at a terminal
// does not end it.
func FromTerminal(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
