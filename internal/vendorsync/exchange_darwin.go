package vendorsync

import (
	"os"

	"golang.org/x/sys/unix"
)

// exchange lets two paths change places in one step. The error is
// [errors.ErrUnsupported] if the file system cannot.
func exchange(a, b string) error {
	if err := unix.RenamexNp(a, b, unix.RENAME_SWAP); err != nil {
		return &os.LinkError{Op: "exchange", Old: a, New: b, Err: err}
	}
	return nil
}
