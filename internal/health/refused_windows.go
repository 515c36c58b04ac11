package health

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isRefused reports whether nothing listens at the address.
func isRefused(err error) bool { return errors.Is(err, windows.WSAECONNREFUSED) }
