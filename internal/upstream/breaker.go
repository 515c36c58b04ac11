package upstream

import (
	"errors"
	"sync"
	"time"
)

// A breaker says whether a proxy is worth asking. It opens after a number of
// failures in a row; when it has been open for a while, one request may try,
// and its success closes it.
type breaker struct {
	limit    int
	coolDown time.Duration

	mu      sync.Mutex
	row     int       // failures since the last success
	weight  int       // of those
	until   time.Time // it is open until then, if weight ≥ limit
	probing bool      // a request tries it out
	last    error
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
	b.row, b.weight, b.probing, b.last = 0, 0, false, nil
}

// refused closes the breaker, as success does, and notes the answer.
func (b *breaker) refused(err error) {
	b.success()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = err
}

// failure counts one, or more where it took the whole timeout.
func (b *breaker) failure(now time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.row++
	b.weight++
	if _, ok := errors.AsType[*stallError](err); ok {
		b.weight += stallWeight - 1
	}
	b.last = err
	if b.weight >= b.limit {
		b.until = now.Add(b.coolDown)
	}
}

// abandon ends a probe, if it has not come to an end yet.
func (b *breaker) abandon() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}

// state returns the state's name, the failures in a row and the last of them.
func (b *breaker) state(now time.Time) (name string, row int, last error) {
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
	return name, b.row, b.last
}
