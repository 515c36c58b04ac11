//go:build !linux

package netns

import (
	"errors"
	"os/exec"
	"runtime"
)

var errSystem = errors.New(runtime.GOOS + " has no network namespaces")

func identity(string) string { return "" }

func (Helper) try() error { return errSystem }

// Start returns an error: only Linux has network namespaces.
func (Helper) Start(*exec.Cmd) error { return errSystem }

// Enter returns an error: only Linux has network namespaces.
func Enter([]string) error { return errSystem }
