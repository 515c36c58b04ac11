package cli

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/health"
)

// TestProxyStatusTable wants the table of what is known at a time.
func TestProxyStatusTable(t *testing.T) {
	now := time.Date(2030, 1, 15, 12, 0, 0, 0, time.UTC)
	reports := []health.Report{
		{Proxy: "https://a.example.com", State: health.Up, Checked: now.Add(-90 * time.Second), Expires: now.Add(210 * time.Second)},
		{Proxy: "https://b.example.com", State: health.Partial, Layer: health.Protocol, Fault: "no @latest", Checked: now, Expires: now.Add(5 * time.Minute)},
		{Proxy: "https://c.example.com", State: health.Throttled, Layer: health.HTTP, Fault: "429 Too Many Requests", RetryAfter: 90, Checked: now.Add(-time.Second), Expires: now.Add(89 * time.Second)},
		{Proxy: "https://d.example.com", State: health.Down, Layer: health.TLS, Fault: "certificate expired 3 days ago", Checked: now.Add(-26*time.Hour - 3*time.Second), Expires: now.Add(-26 * time.Hour)},
	}
	proxies := []string{"https://user:secret@a.example.com", "https://b.example.com", "https://c.example.com", "https://d.example.com", "https://e.example.com"}
	known := knownProxies(proxies, reports, now)
	table := func(live bool) string {
		var out bytes.Buffer
		writeTable(&out, "", statusRows(known, now, live))
		return out.String()
	}
	want := `PROXY                  STATE      CHECKED      EXPIRES   NOTE
https://a.example.com  up         1m30s ago    in 3m30s  -
https://b.example.com  partial    now          in 5m0s   protocol: no @latest
https://c.example.com  throttled  1s ago       in 1m29s  http: 429 Too Many Requests, retry after 1m30s
https://d.example.com  down       26h0m0s ago  expired   tls: certificate expired 3 days ago
https://e.example.com  -          never        -         -
`
	if diff := cmp.Diff(want, table(false)); diff != "" {
		t.Error(diff)
	}

	for i := range known {
		known[i].compare(&health.Report{Proxy: known[i].Proxy, State: health.Up})
	}
	want = `PROXY                  STATE      CHECKED      EXPIRES   LIVE  NOTE
https://a.example.com  up         1m30s ago    in 3m30s  up    as known
https://b.example.com  partial    now          in 5m0s   up    differs
https://c.example.com  throttled  1s ago       in 1m29s  up    differs
https://d.example.com  down       26h0m0s ago  expired   up    differs
https://e.example.com  -          never        -         up    -
`
	if diff := cmp.Diff(want, table(true)); diff != "" {
		t.Error(diff)
	}
}

// TestProxyEnd wants the status of a check.
func TestProxyEnd(t *testing.T) {
	up, down := health.Report{State: health.Partial}, health.Report{State: health.Throttled}
	served, stopped := proxyList{Served: true}, proxyList{}
	for _, tt := range []struct {
		reports []health.Report
		lists   []proxyList
		want    error
	}{
		{nil, []proxyList{stopped}, nil},
		{[]health.Report{up, up}, []proxyList{served}, nil},
		{[]health.Report{up, up}, []proxyList{stopped}, &shownError{}},
		{[]health.Report{down, up}, []proxyList{served}, &foundError{}},
		{[]health.Report{down, up}, []proxyList{stopped, served}, &foundError{}},
		{[]health.Report{down, up}, []proxyList{stopped}, &shownError{}},
	} {
		if got := proxyEnd(tt.reports, tt.lists); (got == nil) != (tt.want == nil) || got != nil && got.Error() != tt.want.Error() {
			t.Errorf("%v %v: %v, want %v", tt.reports, tt.lists, got, tt.want)
		}
	}
}
