package testscript

import (
	"net"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/goshim/goshim/internal/proxytest"
)

// counted counts what reaches the network of a script's caller.
//
//   - counted start puts a proxy before GOPROXY that counts, and opens a UDP
//     socket that stands for a name server. $TCP and $UDP are their addresses.
//   - counted none wants that neither was asked since the last counted, and
//     ! counted none that both were; counted proxy wants that of the proxy.
//   - counted once wants that the proxy was asked for no file twice, ever.
//   - counted never TEXT wants that no path it was asked for, ever, has TEXT.
func counted(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 || (args[0] == "never") != (len(args) == 2) {
		ts.Fatalf("usage: counted start | none | proxy | once | never TEXT")
	}
	if args[0] == "start" {
		startCounted(ts)
		return
	}
	c := ts.Value(countersKey{}).(*counters)
	requests := c.proxy.Requests()
	switch args[0] {
	case "once":
		sorted := slices.Sorted(slices.Values(requests))
		if len(slices.Compact(slices.Clone(sorted))) < len(sorted) {
			ts.Fatalf("asked twice:\n%s", strings.Join(sorted, "\n"))
		}
		return
	case "never":
		if c.proxy.Count(args[1]) > 0 {
			ts.Fatalf("the proxy was asked for\n%s", strings.Join(requests, "\n"))
		}
		return
	}
	asked := requests[c.seen:]
	packets := c.packets.Swap(0)
	c.seen = len(requests)
	switch {
	case args[0] == "proxy" && len(asked) == 0:
		ts.Fatalf("the proxy was not asked")
	case args[0] == "none" && neg && (len(asked) == 0 || packets == 0):
		ts.Fatalf("the proxy was asked %d times, and the name server %d times", len(asked), packets)
	case args[0] == "none" && !neg && (len(asked) > 0 || packets > 0):
		ts.Fatalf("the name server was asked %d times, and the proxy for\n%s", packets, strings.Join(asked, "\n"))
	}
}

// counters are what counted counts.
type counters struct {
	proxy   *proxytest.Server
	seen    int // requests that were looked at
	packets atomic.Int64
}

type countersKey struct{}

func startCounted(ts *testscript.TestScript) {
	target, err := url.Parse(ts.Getenv("GOPROXY"))
	ts.Check(err)
	c := ts.Value(countersKey{}).(*counters)
	c.seen = 0
	c.proxy = &proxytest.Server{Handler: httputil.NewSingleHostReverseProxy(target)}
	server := c.proxy.Start()
	ts.Defer(server.Close)
	names, err := net.ListenPacket("udp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { names.Close() })
	go func() {
		for buf := make([]byte, 512); ; c.packets.Add(1) {
			if _, _, err := names.ReadFrom(buf); err != nil {
				return
			}
		}
	}()
	ts.Setenv("GOPROXY", server.URL)
	ts.Setenv("TCP", strings.TrimPrefix(server.URL, "http://"))
	ts.Setenv("UDP", names.LocalAddr().String())
}
