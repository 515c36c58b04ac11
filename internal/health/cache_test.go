package health

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/proxytest"
	"github.com/goshim/goshim/internal/userdir"
)

// home returns the environment of a user with a home of their own.
func home(t testing.TB) userdir.Getenv {
	t.Helper()
	dir := t.TempDir()
	vars := map[string]string{
		"HOME": dir, "USERPROFILE": dir, "LocalAppData": dir,
		"XDG_CACHE_HOME": filepath.Join(dir, "cache"), "XDG_STATE_HOME": filepath.Join(dir, "state"),
	}
	return func(name string) string { return vars[name] }
}

func chainOf(urls ...string) *modroute.Chain { return prober(urls...).Chain }

func report(url string, state State, at time.Time) Report {
	r := Report{Proxy: url, State: state, Checked: at, Parts: []Part{}}
	if !state.Serves() {
		r.Layer, r.Fault = TCP, "refused"
	}
	r.Expires = at.Add(lifetime(&r))
	return r
}

func TestStore(t *testing.T) {
	const a, b = "https://a.example.com", "https://b.example.com"
	getenv := home(t)
	s := OpenStore(chainOf(a, b), getenv)
	if got := s.Load(); got != nil {
		t.Fatal(got)
	}
	first := []Report{report(a, Up, now), report(b, Down, now)}
	if err := s.Save(first); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, s.Load()); diff != "" {
		t.Error(diff)
	}
	later := report(b, Up, now.Add(time.Minute))
	if err := s.Save([]Report{later}); err != nil {
		t.Fatal(err)
	}
	if err := s.Save([]Report{report(b, Down, now)}); err != nil { // by a slow process
		t.Fatal(err)
	}
	want := []Report{first[0], later}
	if diff := cmp.Diff(want, s.Load()); diff != "" {
		t.Error(diff)
	}

	// Another chain, or another network.
	if got := OpenStore(chainOf(a), getenv).Load(); got != nil {
		t.Error(got)
	}
	if got := OpenStore(chainOf("https://user:secret@a.example.com", b), getenv).Load(); len(got) != 2 {
		t.Error(got)
	}
	other := OpenStore(chainOf(a, b), func(name string) string {
		if name == "HTTPS_PROXY" {
			return "http://proxy.example.com"
		}
		return getenv(name)
	})
	if got := other.Load(); got != nil {
		t.Error(got)
	}

	// What a killed process leaves: a temporary file, and half a line.
	for _, file := range []string{s.file() + ".1.tmp", s.history} {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		f.WriteString(`{"proxy":"https://a.exam`)
		f.Close()
	}
	if diff := cmp.Diff(want, s.Load()); diff != "" {
		t.Error(diff)
	}
	long := time.Now().AddDate(0, 0, -2)
	if err := os.Chtimes(s.file()+".1.tmp", long, long); err != nil {
		t.Fatal(err)
	}
	if err := s.Save([]Report{report(a, Down, now.Add(time.Hour))}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.file() + ".1.tmp"); err == nil {
		t.Error("the temporary file is still there")
	}
	if err := os.WriteFile(s.file(), []byte(`{"network":`), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := s.Load(); got != nil {
		t.Error(got)
	}
	wantFlips := []Flip{
		{now, a, "", Up, ""},
		{now, b, "", Down, "refused"},
		{now.Add(time.Minute), b, Down, Up, ""},
		{now, b, Up, Down, "refused"},
		{now.Add(time.Hour), a, Up, Down, "refused"},
	}
	if diff := cmp.Diff(wantFlips, s.History()); diff != "" {
		t.Error(diff)
	}
}

func TestName(t *testing.T) {
	if got := Name("https://user:secret@a.example.com/x?sig=secret"); got != "https://a.example.com/x" {
		t.Error(got)
	}
}

// TestStoreNowhere has no home, and one that cannot be written.
func TestStoreNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", file} {
		s := OpenStore(chainOf("https://a.example.com"), func(string) string { return dir })
		s.Save([]Report{report("https://a.example.com", Up, now)})
		if s.Load() != nil || s.History() != nil {
			t.Errorf("%q holds something", dir)
		}
	}
}

func TestHistoryBounded(t *testing.T) {
	s := OpenStore(chainOf("https://a.example.com"), home(t))
	var reports []Report
	for i := range maxFlips + 1 {
		reports = append(reports, report("https://a.example.com/"+strings.Repeat("x", i%7)+"/"+time.Duration(i).String(), Up, now))
	}
	if err := s.note(reports[:maxFlips]); err != nil {
		t.Fatal(err)
	}
	if got := len(s.History()); got != maxFlips {
		t.Error(got)
	}
	if err := s.note(reports); err != nil {
		t.Fatal(err)
	}
	if got := s.History(); len(got) != keepFlips || got[keepFlips-1].Proxy != reports[maxFlips].Proxy {
		t.Errorf("%d lines are left", len(got))
	}
}

// TestStoreParallel has many writers, and readers that must find something.
func TestStoreParallel(t *testing.T) {
	getenv := home(t)
	proxies := []string{"https://a.example.com", "https://b.example.com", "https://c.example.com", "https://d.example.com"}
	var wg sync.WaitGroup
	for _, proxy := range proxies {
		wg.Go(func() {
			s := OpenStore(chainOf(proxies...), getenv)
			for range 5 {
				if err := s.Save([]Report{report(proxy, Up, now)}); err != nil {
					t.Error(err)
				}
				if s.Load() == nil {
					t.Error("nothing is kept")
				}
			}
		})
	}
	wg.Wait()
	if got := OpenStore(chainOf(proxies...), getenv).Load(); len(got) != len(proxies) {
		t.Errorf("%d reports are kept", len(got))
	}
}

// TestDown follows a chain through its days.
func TestDown(t *testing.T) {
	server := &proxytest.Server{Handler: proxytest.Dir(goodDir(t)), Fault: proxytest.Status(500, "")}
	s := server.Start()
	defer s.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	c := &Checker{Prober: *prober(gone.URL, s.URL), Store: OpenStore(chainOf(gone.URL, s.URL), home(t))}
	at := now
	c.Prober.Now = func() time.Time { return at }
	down := func() Verdict {
		t.Helper()
		v, err := c.Down(t.Context(), append(c.Prober.Chain.Proxies, modroute.Source{URL: modroute.Direct}))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	v := down()
	want := "no proxy answers: " + gone.URL + " (refused), " + s.URL + " (500 Internal Server Error)"
	if !v.Dead || v.Text != want || len(v.Proxies) != 2 {
		t.Errorf("%+v, want %q", v, want)
	}
	if got := c.Store.Load(); len(got) != 2 || got[1].State != Down {
		t.Errorf("kept: %+v", got)
	}

	// It comes back, and is used at once though it is kept as down.
	server.Fault = nil
	if v = down(); v.Dead || v.Text != "" {
		t.Errorf("%+v", v)
	}

	// It is kept as up: nobody is asked, until that expires.
	asked := len(server.Requests())
	server.Fault = proxytest.Status(503, "9")
	if v = down(); v.Dead || len(server.Requests()) != asked {
		t.Errorf("asked again: %+v", v)
	}
	at = at.Add(upFor)
	if v = down(); !v.Dead || !strings.HasSuffix(v.Text, "(503 Service Unavailable, retry after 9s)") {
		t.Errorf("%+v", v)
	}

	if v, err := c.Down(t.Context(), []modroute.Source{{URL: modroute.Off}}); v.Dead || err != nil {
		t.Errorf("%+v, %v", v, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Down(ended, c.Prober.Chain.Proxies); err != context.Canceled {
		t.Error(err)
	}
}

// TestDownSlow has a proxy that never answers and one that says at once that it
// does not serve: the first costs a command the whole time limit, and the next
// ones within a minute nothing; the other is used as soon as it is back.
func TestDownSlow(t *testing.T) {
	slow := &proxytest.Server{Fault: proxytest.Hang}
	hang := slow.Start()
	defer hang.Close()
	quick := &proxytest.Server{Handler: proxytest.Dir(goodDir(t)), Fault: proxytest.Status(500, "")}
	back := quick.Start()
	defer back.Close()
	c := &Checker{Prober: *prober(hang.URL, back.URL), Store: OpenStore(chainOf(hang.URL, back.URL), home(t))}
	c.Prober.Timeout = 300 * time.Millisecond
	at := now
	c.Prober.Now = func() time.Time { return at }
	for i, tt := range []struct {
		after time.Duration
		fault proxytest.Fault
		dead  bool
		asked int // the one that hangs, so far
	}{
		{0, quick.Fault, true, 1},
		{59 * time.Second, quick.Fault, true, 1},
		{59 * time.Second, nil, false, 1},
		{7 * time.Minute, quick.Fault, true, 2},
	} {
		at, quick.Fault = now.Add(tt.after), tt.fault
		v, err := c.Down(t.Context(), c.Prober.Chain.Proxies)
		if got := len(slow.Requests()); err != nil || v.Dead != tt.dead || got != tt.asked {
			t.Errorf("%d: dead %v (%s), %v; asked %d times, want %d", i, v.Dead, v.Text, err, got, tt.asked)
		}
	}
}

// TestDownFirst has a proxy that never answers: the good one is not kept waiting
// for it, and the other is not called down.
func TestDownFirst(t *testing.T) {
	hang := (&proxytest.Server{Fault: proxytest.Hang}).Start()
	defer hang.Close()
	good := (&proxytest.Server{Handler: proxytest.Dir(goodDir(t))}).Start()
	defer good.Close()
	c := &Checker{Prober: *prober(hang.URL, good.URL), Store: OpenStore(chainOf(hang.URL, good.URL), home(t))}
	c.Prober.Timeout = time.Hour // the test would not end
	v, err := c.Down(t.Context(), c.Prober.Chain.Proxies)
	if err != nil || v.Dead || len(v.Proxies) != 1 || v.Proxies[0].Proxy != good.URL {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestWalk(t *testing.T) {
	const a, b = "https://a.example.com", "https://b.example.com"
	down := func(url string) Report { return Report{Proxy: url, State: Down, Go: stops} }
	hang := Report{Proxy: a, State: Down, Go: hangs}
	up := Report{Proxy: b, State: Up, Go: used}
	for _, tt := range []struct {
		list    string
		reports []Report
		at      string
		served  bool
	}{
		{a + "," + b, []Report{down(a), up}, a, false},
		{a + "|" + b, []Report{down(a), up}, b, true},
		{a + "|" + b, []Report{hang, up}, a, false},
		{a + "|" + b, []Report{down(a), down(b)}, b, false},
		{b + "," + a, []Report{up, down(a)}, b, true},
		{a + "|direct", []Report{down(a)}, "direct", true},
		{a + "|off", []Report{down(a)}, "off", false},
		{"off", nil, "off", false},
		{a + "," + b, []Report{{Proxy: a, State: Partial, Go: next}, up}, b, true},
		{a, []Report{{Proxy: a, State: Partial, Go: next}}, a, true},
		{a + "," + b, []Report{{Proxy: a, State: Partial, Go: wrong}, up}, a, false},
	} {
		sources, err := modroute.Parse(tt.list)
		if err != nil {
			t.Fatal(err)
		}
		if at, served := Walk(sources, tt.reports); at.URL != tt.at || served != tt.served {
			t.Errorf("%s: %s %v, want %s %v", tt.list, at.URL, served, tt.at, tt.served)
		}
	}
}

func TestWatch(t *testing.T) {
	dir := goodDir(t)
	proxy := "file://" + filepath.ToSlash(dir)
	if !strings.HasPrefix(proxy, "file:///") {
		proxy = "file:///" + strings.TrimPrefix(proxy, "file://")
	}
	c := &Checker{Prober: *prober(proxy), Store: OpenStore(chainOf(proxy), home(t))}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Second)
		defer cancel()
		go func() {
			time.Sleep(75 * time.Second)
			os.Rename(filepath.Join(dir, "sumdb"), filepath.Join(dir, "gone"))
		}()
		var flips []Flip
		reports := c.Check(ctx, []string{proxy})
		reports = c.Watch(ctx, []string{proxy}, reports, 30*time.Second, func(f Flip) { flips = append(flips, f) })
		want := []Flip{{now, Name(proxy), Up, Partial, "no sumdb"}}
		if diff := cmp.Diff(want, flips); diff != "" || reports[0].State != Partial {
			t.Error(diff)
		}
	})
}
