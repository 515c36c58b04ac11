package cli

import (
	"context"
	"syscall"

	"github.com/goshim/goshim/internal/interrupt"
)

// interruptible returns a context that is cancelled by the signals of
// [interrupt.Context], and when nobody reads any more what this process writes, as
// head does: what it has made for itself is removed then.
func interruptible() (ctx context.Context, stop func()) { return interrupt.Context(syscall.SIGPIPE) }
