//go:build !unix && !windows

package shim

import (
	"os"
	"os/exec"
)

var forwarded = []os.Signal{os.Interrupt}

func forward(child *os.Process, sig os.Signal) { child.Signal(sig) }

func startTied(cmd *exec.Cmd, start func(*exec.Cmd) error) (release func(), err error) {
	return func() {}, start(cmd)
}

func endAs(state *os.ProcessState) int { return state.ExitCode() }
