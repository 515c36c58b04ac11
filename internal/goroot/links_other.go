//go:build !windows

package goroot

import (
	"errors"
	"syscall"
)

const linksHint = "set XDG_CACHE_HOME to a directory on a file system that has them"

// noSymlinks reports whether err says that the file system has no symbolic
// links. Linux says so by "operation not permitted".
func noSymlinks(err error) bool {
	return errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported)
}
