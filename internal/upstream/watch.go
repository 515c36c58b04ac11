package upstream

import (
	"context"
	"errors"
	"io"
	"time"
)

// A watch ends an attempt when the proxy lets it wait too long. It runs only
// while the proxy has the word.
type watch struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	timeout time.Duration
	started bool // the body has begun
}

// errStalled is why a watch cancels its context.
var errStalled = errors.New("stalled")

func newWatch(ctx context.Context, timeout time.Duration) *watch {
	w := &watch{timeout: timeout}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(timeout, func() { w.cancel(errStalled) })
	w.timer.Stop()
	return w
}

func (w *watch) start() { w.timer.Reset(w.timeout) }
func (w *watch) pause() { w.timer.Stop() }

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// fault returns err, or that the watch ended the attempt.
func (w *watch) fault(err error) error {
	if context.Cause(w.ctx) == errStalled {
		return &stallError{w.timeout, w.started}
	}
	return err
}

// A watchedBody is the body of an answer under a watch.
type watchedBody struct {
	w *watch
	io.ReadCloser
}

func (b watchedBody) Read(p []byte) (int, error) {
	b.w.start()
	defer b.w.pause()
	return b.ReadCloser.Read(p)
}
