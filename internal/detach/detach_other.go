//go:build !unix && !windows

package detach

import "os/exec"

// Start starts the command.
func Start(cmd *exec.Cmd) error { return cmd.Start() }
