package goroot

import (
	"errors"

	"golang.org/x/sys/windows"
)

const linksHint = "switch on the developer mode of Windows, which allows them"

// noSymlinks reports whether err says that this user, or this file system,
// can have no symbolic links.
func noSymlinks(err error) bool {
	return errors.Is(err, windows.ERROR_PRIVILEGE_NOT_HELD) || errors.Is(err, windows.ERROR_INVALID_FUNCTION)
}
