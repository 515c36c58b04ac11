package vendorsync

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// exchange lets two paths change places in one step. The error is
// [errors.ErrUnsupported] if the kernel or the file system cannot.
func exchange(a, b string) error {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EINVAL): // renameat2(2): the file system has no such flag
		return errors.ErrUnsupported
	}
	return &os.LinkError{Op: "exchange", Old: a, New: b, Err: err}
}
