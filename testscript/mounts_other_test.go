//go:build unix && !linux

package testscript

import (
	"errors"
	"os/exec"
)

func inMounts(*exec.Cmd) error { return errors.New("mount namespaces are of Linux") }
