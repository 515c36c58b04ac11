package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/alert"
	"github.com/goshim/goshim/internal/relay"
	"github.com/goshim/goshim/internal/upstream"
)

// TestPrintRelays wants alerts, and faults that have passed, to be shown.
func TestPrintRelays(t *testing.T) {
	var out bytes.Buffer
	a := &App{Stdout: &out}
	a.printRelays([]*relay.State{{
		PID: 7, Started: time.Now(), Sources: []string{"https://a.example.com"}, Requests: 3,
		Alerts: []alert.Alert{{
			Time: time.Now(), Proxy: "https://a.example.com", Module: "example.com/dep", Version: "v1.0.0", File: "zip", Want: "h1:w=", Got: "h1:g=",
		}},
		Proxies: []upstream.ProxyState{{URL: "https://a.example.com", Breaker: "closed", Requests: 3, Failures: 1, Last: "checksum mismatch"}},
	}})
	for _, want := range []string{
		" alert: https://a.example.com sent a zip of example.com/dep v1.0.0 with the hash h1:g=, but go.sum has h1:w=; it was not used\n",
		"  https://a.example.com  closed   3         1         0        checksum mismatch\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it prints\n%s\nwithout\n%s", &out, want)
		}
	}
}
