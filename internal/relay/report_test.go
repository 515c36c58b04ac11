package relay

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/goshim/goshim/internal/proxytest"
	"github.com/goshim/goshim/internal/upstream"
)

// said is a [Log] that keeps what is said.
type said struct {
	mu                   sync.Mutex
	alerts, warns, trace []string
}

func (s *said) log() Log {
	add := func(list *[]string) func(string) {
		return func(text string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			*list = append(*list, text)
		}
	}
	return Log{Alert: add(&s.alerts), Warn: add(&s.warns), Trace: add(&s.trace)}
}

// TestAlert has a proxy with a zip that go.sum rules out, and a good one behind it:
// the user hears of it once, from a session with a relay and from one without, and
// the relay remembers it.
func TestAlert(t *testing.T) {
	_, bad := startProxy(t, proxytest.Suffix("a/@v/v1.0.0.zip", proxytest.Replace(otherZip(t))))
	_, good := startProxy(t, nil)
	want := "alert: " + bad + " sent a zip of example.com/a v1.0.0 with the hash h1:"
	for _, isShared := range []bool{true, false} {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		dir, cfg := t.TempDir(), testConfig(chainOf(true, bad, good))
		if isShared {
			ensure(t, dir, cfg)
		} else {
			dir, self = "", ""
		}
		m := newProject(t, "")
		var said said
		s, err := Open(t.Context(), dir, self, cfg, []string{filepath.Join(m.dir, "go.sum")}, said.log())
		if err != nil || s.Shared() != isShared {
			t.Fatal(err)
		}
		m.env = append(m.env, "GOPROXY="+s.Variables()[0][1])
		m.run("mod", "download")
		get(t, s.URL()+"/0/example.com/a/@v/v1.0.0.zip") // again
		if len(said.alerts) != 1 || !strings.HasPrefix(said.alerts[0], want) || !strings.Contains(said.alerts[0], "but go.sum has h1:lMb32lNwBhCvE+") {
			t.Errorf("shared %v: alerts %q, want one: %q", isShared, said.alerts, want)
		}
		slices.Sort(said.trace)
		if want := []string{"example.com/a@v1.0.0 comes from " + good, "example.com/b@v1.0.0 comes from " + bad}; !slices.Equal(said.trace, want) {
			t.Errorf("shared %v: trace %q, want %q", isShared, said.trace, want)
		}
		state := s.own.state()
		if isShared {
			if state2, err := s.shared.running.State(t.Context()); err == nil {
				state = *state2
			}
		}
		if len(state.Alerts) != 1 || state.Alerts[0].Proxy != bad || state.Alerts[0].Module != "example.com/a" {
			t.Errorf("shared %v: %+v", isShared, state.Alerts)
		}
		i := slices.IndexFunc(state.Proxies, func(p upstream.ProxyState) bool { return p.URL == bad })
		if last := state.Proxies[i].Last; !strings.Contains(last, "checksum mismatch") {
			t.Errorf("last fault %q", last)
		}
		s.Close()
	}
}

// TestOrigin has modules come from their origin because the proxy fails, which is
// said once, and because the proxy lacks them, which is as it should be.
func TestOrigin(t *testing.T) {
	for status, want := range map[int]string{503: "modules come from their origin (direct), because P: 503 Service Unavailable", 404: ""} {
		_, proxy := startProxy(t, proxytest.Status(status, ""))
		var said said
		s, err := Open(t.Context(), "", "", testConfig(chainOf(true, proxy, "direct")), nil, said.log())
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"example.com/a/@v/list", "example.com/b/@v/v1.0.0.zip"} {
			if code, _ := get(t, s.URL()+"/"+file); code != 404 {
				t.Errorf("%d: the go command does not ask the origin: %d", status, code)
			}
		}
		if got := strings.ReplaceAll(strings.Join(said.warns, "\n"), proxy, "P"); got != want {
			t.Errorf("%d: got %q, want %q", status, got, want)
		}
		if want := []string{"example.com/b@v1.0.0 comes from its origin (direct)"}; !slices.Equal(said.trace, want) {
			t.Errorf("%d: trace %q, want %q", status, said.trace, want)
		}
		s.Close()
	}
}
