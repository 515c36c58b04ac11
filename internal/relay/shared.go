package relay

import (
	"context"
	"sync/atomic"
	"time"
)

// A shared is the relay that a session hands its requests on to, for as long as
// that one answers. One that is stopped keeps its connections and never answers,
// so it is asked for its state while requests wait.
type shared struct {
	running *Running
	release func() // the lease
	waiting atomic.Int64
	ctx     context.Context // until the session leaves it
	leave   context.CancelFunc
}

// watchEvery is how often a relay that requests wait for must answer. A machine
// with much to do may be late once.
const watchEvery = 2 * time.Second

func newShared(running *Running, release func()) *shared {
	s := &shared{running: running, release: release}
	s.ctx, s.leave = context.WithCancel(context.Background())
	go s.watch()
	return s
}

// use returns the context of a request to the relay. Call done at its end.
func (s *shared) use(ctx context.Context) (used context.Context, done func()) {
	s.waiting.Add(1)
	used, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.ctx, cancel)
	return used, func() {
		stop()
		cancel()
		s.waiting.Add(-1)
	}
}

// watch leaves the relay when it does not answer twice in a row.
func (s *shared) watch() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for missed := 0; missed < 2; {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		if s.waiting.Load() == 0 {
			missed = 0
			continue
		}
		if _, err := s.running.State(s.ctx); err != nil {
			missed++
		} else {
			missed = 0
		}
	}
	s.leave()
}

func (s *shared) close() {
	s.leave()
	s.release()
}
