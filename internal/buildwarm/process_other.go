//go:build !unix && !windows

package buildwarm

import "os/exec"

// startGroup starts the command. This system has no process groups.
func startGroup(cmd *exec.Cmd, start func(*exec.Cmd) error, _ bool) (end func(killed bool), err error) {
	return func(bool) {}, start(cmd)
}
