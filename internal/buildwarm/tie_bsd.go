//go:build unix && !linux

package buildwarm

import "syscall"

// tie does nothing: this system cannot tie a child's life to its parent's.
func tie(attr *syscall.SysProcAttr) *syscall.SysProcAttr { return attr }
