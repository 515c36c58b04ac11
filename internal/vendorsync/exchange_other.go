//go:build !linux && !darwin

package vendorsync

import "errors"

// exchange would let two paths change places in one step, which this system
// cannot.
func exchange(_, _ string) error { return errors.ErrUnsupported }
