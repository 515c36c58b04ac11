package detach

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// FromTerminal starts the command without a console, so that the end of this one does
// not end it.
func FromTerminal(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
}
