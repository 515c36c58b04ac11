package health

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http/httptrace"
	"slices"
	"sync"
	"time"
)

// A trace times the layers of a request. It is also told of connections that
// lose the race for a host with several addresses, so it has a lock.
type trace struct {
	mu    sync.Mutex
	layer Layer // the last that was begun
	began map[Layer]time.Time
	took  map[Layer]time.Duration
	ends  []time.Time         // of the certificates
	hosts map[string][]string // addresses by name
	name  string              // that is being resolved
}

// traced marks the context of the request that is traced.
type traced struct{}

// with returns a context whose request is traced. The last of a chain of
// redirects counts, but for the certificates, of which all count.
func (t *trace) with(ctx context.Context) context.Context {
	t.began, t.took, t.layer = map[Layer]time.Time{}, map[Layer]time.Duration{}, TCP
	return httptrace.WithClientTrace(context.WithValue(ctx, traced{}, true), &httptrace.ClientTrace{
		DNSStart:             func(info httptrace.DNSStartInfo) { t.begin(DNS); t.asked(info.Host) },
		DNSDone:              func(info httptrace.DNSDoneInfo) { t.end(DNS); t.resolved(info.Addrs) },
		ConnectStart:         func(string, string) { t.begin(TCP) },
		ConnectDone:          func(string, string, error) { t.end(TCP) },
		TLSHandshakeStart:    func() { t.begin(TLS) },
		TLSHandshakeDone:     func(state tls.ConnectionState, err error) { t.end(TLS); t.cert(state, err) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { t.begin(HTTP) },
		GotFirstResponseByte: func() { t.end(HTTP) },
	})
}

func (t *trace) begin(l Layer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.layer, t.began[l] = l, time.Now()
}

func (t *trace) end(l Layer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.took[l] = time.Since(t.began[l])
}

// cert notes when the certificates of a handshake end.
func (t *trace) cert(state tls.ConnectionState, err error) {
	if end := earliestEnd(state.VerifiedChains); err == nil && !end.IsZero() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.ends = append(t.ends, end)
	}
}

// certEnd returns when the first of the certificates ends, or the zero time.
func (t *trace) certEnd() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.ends) == 0 {
		return time.Time{}
	}
	return slices.MinFunc(t.ends, time.Time.Compare)
}

// earliestEnd returns when the first certificate of a chain ends: of the chain
// that holds longest, as one is enough.
func earliestEnd(chains [][]*x509.Certificate) time.Time {
	var best time.Time
	for _, chain := range chains {
		var end time.Time
		for _, cert := range chain {
			if end.IsZero() || cert.NotAfter.Before(end) {
				end = cert.NotAfter
			}
		}
		if end.After(best) {
			best = end
		}
	}
	return best
}

// last returns the layer that was begun last.
func (t *trace) last() Layer {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.layer
}

func (t *trace) latency() Latency {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Latency{DNS: millis(t.took[DNS]), TCP: millis(t.took[TCP]), TLS: millis(t.took[TLS]), HTTP: millis(t.took[HTTP])}
}

// millis returns d in milliseconds, to a tenth.
func millis(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}
