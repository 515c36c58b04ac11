package shim

import "os/exec"

// StartTied starts a child by start, such that it dies with this process where the
// system can do that. Release is called when the child has ended, by the same
// goroutine.
func StartTied(cmd *exec.Cmd, start func(*exec.Cmd) error) (release func(), err error) {
	return startTied(cmd, start)
}
