package upstream

import (
	"context"
	"errors"
	"io"
	"time"
)

// A watch ends an attempt when the proxy lets it wait too long. It runs only
// while the proxy has the word.
//
// A proxy that sends a byte now and then is not alive for that: each timeout
// must bring leastProgress bytes of a body, or its end.
type watch struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	timeout time.Duration
	started bool // the body has begun
	slow    bool // and some of it came within the last timeout
}

// leastProgress is how many bytes of a body a proxy must send in one timeout.
const leastProgress = 1 << 10

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
		return &stallError{w.timeout, w.started, w.slow}
	}
	return err
}

// A watchedBody is the body of an answer under a watch.
type watchedBody struct {
	w *watch
	io.ReadCloser
	left time.Duration // that the proxy has for the bytes that are due
	got  int           // of those
}

// watched returns the body under the watch.
func (w *watch) watched(body io.ReadCloser) *watchedBody {
	return &watchedBody{w: w, ReadCloser: body, left: w.timeout}
}

func (b *watchedBody) Read(p []byte) (int, error) {
	began := time.Now()
	b.w.timer.Reset(b.left)
	n, err := b.ReadCloser.Read(p)
	b.w.timer.Stop()
	b.got += n
	b.left -= time.Since(began)
	b.w.slow = b.got > 0
	if b.got >= leastProgress {
		b.left, b.got = b.w.timeout, 0
	}
	return n, err
}
