package upstream

import (
	"testing"
	"time"
)

// BenchmarkFaults fetches the three files of a module past every bad proxy, with
// the waits and the timeouts that users have. The first fetch pays most: two
// waits that a 429 asks for, backoffs, and the timeout of the proxy that hangs.
// So it is bounded by
//
//	2 × maxWaitOther + DefaultTimeout + 6 × 1.5 × 3 × firstWait + DNS < 26 s + DNS
//
// and by 18 s + DNS if the 429 asks for a second. Two stalls, or five other
// failures, open a breaker, so that what follows costs nothing until it closes.
func BenchmarkFaults(b *testing.B) {
	_, good := start(b, nil)
	var all []string
	for _, f := range faults(b) {
		all = append(all, f.url)
	}
	chain := chainOf(true, append(all, good)...)
	for b.Loop() {
		c := New(Config{Getenv: func(string) string { return "" }})
		for i, file := range []string{infoURL, modURL, zipURL, infoURL, modURL, zipURL} {
			began := time.Now()
			if _, err := c.Fetch(b.Context(), chain, Request{Module: modPath, File: file}); err != nil {
				b.Fatal(err)
			}
			if i == 0 {
				b.ReportMetric(time.Since(began).Seconds(), "s/first")
			} else if i == 5 {
				b.ReportMetric(time.Since(began).Seconds(), "s/sixth")
			}
		}
	}
}
