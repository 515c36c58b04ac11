//go:build !unix && !windows

package shim

import (
	"os"
	"os/exec"
)

var forwarded = []os.Signal{os.Interrupt}

func forward(child *os.Process, sig os.Signal) { child.Signal(sig) }

func startTied(cmd *exec.Cmd) (release func(), err error) { return func() {}, cmd.Start() }

func endAs(state *os.ProcessState) int { return state.ExitCode() }
