package upstream

import (
	"errors"
	"sync"
	"time"
)

// A breaker says whether a proxy is worth asking. It opens after a number of
// failures in a row; when it has been open for a while, one request may try,
// and its success closes it. However often a question is asked again, it counts
// as one failure.
type breaker struct {
	limit    int
	coolDown time.Duration

	mu      sync.Mutex
	row     int       // failures since the last success
	weight  int       // of those
	until   time.Time // it is open until then, if weight ≥ limit
	stall   time.Time // when a request last got no answer in time
	soft    bool      // the last question ended with a soft fault
	probing bool      // a request tries it out
	fault   error     // of the last question that failed since the last success
	last    error     // ever
}

// stallWeight is how many failures a proxy that does not answer counts for,
// because each costs the whole timeout: of five, two stalls are enough.
const stallWeight = 3

// The states of a breaker.
const (
	stateClosed   = "closed"
	stateOpen     = "open"
	stateHalfOpen = "half-open"
)

// admit reports whether a request may be sent, and whether it is the probe,
// which must end with success, failure or abandon.
func (b *breaker) admit(now time.Time) (ok, probe bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.weight < b.limit {
		return true, false
	}
	if b.probing || now.Before(b.until) {
		return false, false
	}
	b.probing = true
	return true, true
}

// success closes the breaker.
func (b *breaker) success() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.row, b.weight, b.probing, b.soft, b.fault = 0, 0, false, false, nil
}

// note remembers the fault of an attempt.
func (b *breaker) note(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = err
}

// end counts the fault of a question: one failure, or more if it took the whole
// timeout, or none if the proxy is well and has answered about one file.
func (b *breaker) end(now time.Time, err error) {
	if refuses(err) {
		b.success()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault, b.soft = err, isSoft(err)
	if refuses(err) {
		return
	}
	b.row++
	b.weight++
	if _, ok := errors.AsType[*stallError](err); ok {
		b.weight += stallWeight - 1
		b.stall = now
	}
	if b.weight >= b.limit {
		b.until = now.Add(b.coolDown)
	}
}

// isSoft reports whether the last question ended with a soft fault.
func (b *breaker) isSoft() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.soft
}

// stalled reports whether a request got no answer in time, not long ago.
func (b *breaker) stalled(now time.Time, within time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.stall.IsZero() && now.Sub(b.stall) < within
}

// abandon ends a probe, if it has not come to an end yet.
func (b *breaker) abandon() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}

// state returns the state's name, the failures in a row and the last of them.
func (b *breaker) state(now time.Time) (name string, row int, fault error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.weight < b.limit:
		name = stateClosed
	case b.probing || !now.Before(b.until):
		name = stateHalfOpen
	default:
		name = stateOpen
	}
	return name, b.row, b.fault
}

// lastFault returns the last fault of all, which may have passed.
func (b *breaker) lastFault() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}
