package detach

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// Start starts the command without a console, so that the end of this one does
// not end it. The standard streams that the command does not set are those of the
// null device; other handles are not inherited.
func Start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
	return cmd.Start()
}
