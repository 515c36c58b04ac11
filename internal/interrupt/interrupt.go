// Package interrupt lets goshim clear away when a signal ends it, and then end by
// that signal as a program does that does not catch it: a shell ends a loop only
// if the command that it waits for was killed by SIGINT.
package interrupt

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"sync/atomic"
	"syscall"
)

// ending are the signals by which a user ends a command.
var ending = []os.Signal{os.Interrupt, syscall.SIGTERM}

// caught is the first of them that came.
var caught atomic.Pointer[os.Signal]

// Context returns a context that is cancelled by SIGINT, by SIGTERM, and by the
// other signals. Callers then clear away and return; [End] does the rest. A signal
// that this process was started to ignore, as by nohup or by a shell without job
// control, stays ignored.
func Context(others ...os.Signal) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 4)
	heeded := slices.DeleteFunc(slices.Concat(ending, others), signal.Ignored)
	if len(heeded) > 0 { // of none, Notify would mean all
		signal.Notify(signals, heeded...)
	}
	go func() {
		select {
		case sig := <-signals:
			if slices.Contains(ending, sig) {
				caught.CompareAndSwap(nil, &sig)
			}
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel()
	}
}

// End ends this process by the signal that a [Context] has caught, if there was
// one. Otherwise it returns the status.
func End(status int) int {
	sig := caught.Load()
	if sig == nil {
		return status
	}
	return endBy(*sig)
}
