//go:build unix

package testscript

import (
	"os/exec"
	"syscall"
)

// killGroup makes the cancellation of cmd's context kill what cmd has started,
// too: nothing may outlive a test that runs into its deadline.
func killGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
