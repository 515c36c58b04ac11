package upstream

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/proxytest"
)

// fetchMany fetches a file n times, 32 at once, and returns the errors.
func fetchMany(t *testing.T, c *Client, url string, n int) []error {
	t.Helper()
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		failed []error
		slots  = make(chan bool, 32)
	)
	for range n {
		slots <- true
		wg.Go(func() {
			defer func() { <-slots }()
			if _, err := c.Fetch(t.Context(), chainOf(false, url), Request{File: modURL}); err != nil {
				mu.Lock()
				failed = append(failed, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return failed
}

// TestPace has a proxy that wants fewer requests than there are: all files arrive,
// and few requests come too early.
func TestPace(t *testing.T) {
	s, url := start(t, proxytest.Rate(5, 40*time.Millisecond))
	c := New(Config{Timeout: time.Minute})
	defer c.Close()
	const n = 80
	if failed := fetchMany(t, c, url, n); failed != nil {
		t.Errorf("%d of %d failed: %v", len(failed), n, failed[0])
	}
	// The first 27 are under way before the proxy says anything. Without a pace, each
	// period of 16 has as many.
	if early := len(s.Requests()) - n; early > 100 {
		t.Errorf("%d requests came too early", early)
	}
	if got := c.State()[0].Breaker; got != stateClosed {
		t.Errorf("the breaker is %s", got)
	}
}

// TestPaceNobody has a proxy that serves nobody: that is found out soon, by all.
func TestPaceNobody(t *testing.T) {
	s, url := start(t, proxytest.Status(429, "0.02"))
	c := New(Config{Timeout: time.Minute})
	defer c.Close()
	failed := fetchMany(t, c, url, 32)
	if len(failed) != 32 {
		t.Fatalf("%d failed", len(failed))
	}
	var status *StatusError
	if !errors.As(failed[0], &status) || status.Status != 429 {
		t.Error(failed[0])
	}
	if got := len(s.Requests()); got > 3*32 {
		t.Errorf("%d requests", got)
	}
}

// TestPaceOther wants a proxy that is to be left alone for long not to be waited for
// where another may be asked.
func TestPaceOther(t *testing.T) {
	s, busy := start(t, proxytest.Status(429, "20"))
	_, good := start(t, nil)
	c := New(Config{Timeout: time.Minute, Sleep: func(_ context.Context, d time.Duration) error {
		t.Errorf("it waits for %v", d)
		return nil
	}})
	defer c.Close()
	for range 2 {
		if _, err := c.Fetch(t.Context(), chainOf(true, busy, good), Request{File: modURL}); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(s.Requests()); got != 1 {
		t.Errorf("it was asked %d times, want once", got)
	}
}
