package upstream

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// A pace holds the requests to a proxy back that wants fewer of them. After an
// answer 429, none is sent until the proxy wants to be asked again, and then half
// as many at once as before; each answer lets their number grow a little. So a
// hundred files take as long as the proxy's rate wants, and none fails for it.
type pace struct {
	mu      sync.Mutex
	until   time.Time     // no request is sent before
	cut     time.Time     // when the number was last halved
	most    float64       // requests at once; 0: any number
	running int           // requests
	served  int           // answers other than 429
	atCut   int           // of those, when the number was last halved
	barren  int           // times that it was halved in a row though none was served between
	changed chan struct{} // is closed when one that waits may be let in; nil if none waits
}

// noLimit is how many requests at once are as good as any number.
const noLimit = 64

// enter waits until a request may be sent, and returns when that was. Where another source may be asked, it
// does not wait for long, and the error is the proxy's 429.
func (p *pace) enter(ctx context.Context, cfg *Config, other bool) (at time.Time, err error) {
	for {
		at := cfg.Now()
		wait, changed, ok := p.tryEnter(at)
		if ok {
			return at, nil
		}
		if other && wait > maxWaitOther {
			return at, &StatusError{Status: http.StatusTooManyRequests, RetryAfter: wait.Round(time.Second)}
		}
		if wait > 0 {
			if err := cfg.Sleep(ctx, wait); err != nil {
				return at, err
			}
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return at, context.Cause(ctx)
		}
	}
}

// tryEnter lets a request in, or returns for how long or for which change it has
// to wait.
func (p *pace) tryEnter(now time.Time) (wait time.Duration, changed <-chan struct{}, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait = p.until.Sub(now); wait > 0 {
		return wait, nil, false
	}
	if p.most > 0 && p.running >= int(p.most) {
		if p.changed == nil {
			p.changed = make(chan struct{})
		}
		return 0, p.changed, false
	}
	p.running++
	return 0, nil, true
}

// leave notes how a request that entered at a time has ended.
func (p *pace) leave(at, now time.Time, retries int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
	if statusOf(err) != http.StatusTooManyRequests {
		p.served++
		if p.most > 0 {
			p.most += 1 / p.most
		}
		if p.most > noLimit {
			p.most = 0
		}
		return
	}
	if !at.Before(p.cut) { // not one of those that were under way when it was halved
		if p.barren++; p.served > p.atCut {
			p.barren = 1
		}
		p.cut, p.atCut, p.most = now, p.served, max(1, float64(p.running+1)/2)
	}
	if p.barren > retries+1 { // it serves nobody: each finds that out, and none waits for the others
		p.until, p.most = time.Time{}, 0
		return
	}
	var status *StatusError
	errors.As(err, &status)
	wait := status.RetryAfter
	if wait == 0 {
		wait = firstWait << min(p.barren, 4)
	}
	if until := now.Add(wait); wait <= maxWait && until.After(p.until) {
		p.until = until
	}
}

// answers returns how many requests had another answer than 429.
func (p *pace) answers() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.served
}

// isThrottled reports whether requests are held back.
func (p *pace) isThrottled(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most > 0 || now.Before(p.until)
}
