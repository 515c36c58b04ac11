package upstream

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/proxytest"
)

const (
	modPath = "example.com/dep"
	infoURL = "example.com/dep/@v/v1.0.0.info"
	modURL  = "example.com/dep/@v/v1.0.0.mod"
	zipURL  = "example.com/dep/@v/v1.0.0.zip"
)

// moduleZip returns a module zip of about size bytes that do not compress.
func moduleZip(t testing.TB, prefix string, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, file := range [][2]string{
		{"go.mod", "module example.com/dep\n"}, {"dep.go", "package dep\n"}, {"data", strings.Repeat("0123456789abcdef", size/16)},
	} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: prefix + file[0], Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, file[1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// goodDir returns the files of a proxy that has example.com/dep v1.0.0.
func goodDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range map[string]string{
		"example.com/dep/@v/list":         "v1.0.0\n",
		infoURL:                           `{"Version":"v1.0.0"}`,
		"example.com/dep/@latest":         `{"Version":"v1.0.0"}`,
		modURL:                            "module example.com/dep\n",
		zipURL:                            string(moduleZip(t, "example.com/dep@v1.0.0/", 1<<16)),
		"sumdb/sum.example.com/supported": "",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(body), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// start starts a proxy with a fault over a good one.
func start(t testing.TB, fault proxytest.Fault) (*proxytest.Server, string) {
	t.Helper()
	s := &proxytest.Server{Handler: proxytest.Dir(goodDir(t)), Fault: fault}
	server := s.Start()
	t.Cleanup(server.Close)
	return s, server.URL
}

// refused returns the URL of a port that nobody listens at.
func refused(t testing.TB) string {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	return s.URL
}

// clock is a time that moves when somebody waits.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(_ context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waits = append(c.waits, d)
	return nil
}

// impatient is the configuration where a proxy hangs.
var impatient = Config{Timeout: 400 * time.Millisecond}

// testClient returns a client that waits for nobody, and its clock.
func testClient(t testing.TB, cfg Config) (*Client, *clock) {
	t.Helper()
	at := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	cfg.Now, cfg.Sleep = at.Now, at.Sleep
	cfg.Jitter = func() float64 { return 0.5 }
	if cfg.Timeout == 0 {
		cfg.Timeout = time.Minute // tests run beside others
	}
	if cfg.Getenv == nil {
		cfg.Getenv = func(string) string { return "" }
	}
	c := New(cfg)
	t.Cleanup(c.Close)
	return c, at
}

func chainOf(anyError bool, urls ...string) *modroute.Chain {
	c := new(modroute.Chain)
	for _, u := range urls {
		c.Proxies = append(c.Proxies, modroute.Source{URL: u, AnyError: anyError && u != modroute.Direct && u != modroute.Off})
	}
	return c
}

// faults are what a chain must survive, each with what an error says of it.
func faults(t testing.TB) []struct {
	name, url, says string
	notFound        bool
} {
	at := func(f proxytest.Fault) string { _, u := start(t, f); return u }
	wrong := proxytest.Suffix(".zip", proxytest.Replace(moduleZip(t, "example.com/other@v1.0.0/", 1024)))
	return []struct {
		name, url, says string
		notFound        bool
	}{
		{"404", at(proxytest.Status(404, "")), "404 Not Found", true},
		{"410", at(proxytest.Status(410, "")), "410 Gone", true},
		{"403", at(proxytest.Status(403, "")), "403 Forbidden", false},
		{"429", at(proxytest.Status(429, "1")), "429 Too Many Requests, to be asked again in 1s (3 times)", false},
		{"500", at(proxytest.Status(500, "")), "500 Internal Server Error (3 times)", false},
		{"502", at(proxytest.Status(502, "")), "502 Bad Gateway (3 times)", false},
		{"503", at(proxytest.Status(503, "")), "503 Service Unavailable (3 times)", false},
		{"refused", refused(t), "refused (3 times)", false},
		{"unknown host", "http://goproxy.invalid", "goproxy.invalid", false},
		{"hang", at(proxytest.Hang), "no answer for 400ms", false},
		{"truncated", at(proxytest.Truncate), "EOF (3 times)", false},
		{"html", at(proxytest.HTML), "an HTML page in place of a module file", false},
		{"wrong zip", at(wrong), `which is not of example.com/dep@v1.0.0`, false},
	}
}

// TestFaults puts each bad proxy before a good one, and then all of them.
func TestFaults(t *testing.T) {
	_, good := start(t, nil)
	var all []string
	for _, f := range faults(t) {
		t.Run(f.name, func(t *testing.T) {
			c, _ := testClient(t, impatient)
			result, err := c.Fetch(t.Context(), chainOf(true, f.url, good), Request{Module: modPath, File: zipURL})
			if err != nil {
				t.Fatalf("any error: %v", err)
			}
			if result.Source != good || !bytes.Equal(result.Body, moduleZip(t, "example.com/dep@v1.0.0/", 1<<16)) && len(result.Body) != int(result.Size) {
				t.Errorf("any error: %d bytes from %s", len(result.Body), result.Source)
			}
			c, _ = testClient(t, impatient)
			_, err = c.Fetch(t.Context(), chainOf(false, f.url, good), Request{Module: modPath, File: zipURL})
			if (err == nil) != f.notFound {
				t.Errorf("not found: error %v", err)
			}
			c, _ = testClient(t, impatient)
			_, err = c.Fetch(t.Context(), chainOf(true, f.url), Request{Module: modPath, File: zipURL})
			if f.name == "truncated" {
				return // each attempt resumes, so the text differs
			}
			if err == nil || !strings.Contains(err.Error(), f.url+": ") || !strings.Contains(err.Error(), f.says) {
				t.Errorf("alone: got %v, want %q", err, f.says)
			}
			if errors.Is(err, fs.ErrNotExist) != f.notFound {
				t.Errorf("alone: %v", err)
			}
		})
		all = append(all, f.url)
	}
	c, at := testClient(t, impatient)
	began := at.Now()
	for _, file := range []string{infoURL, modURL, zipURL} {
		if _, err := c.Fetch(t.Context(), chainOf(true, append(all, good)...), Request{Module: modPath, File: file}); err != nil {
			t.Errorf("all faults: %v", err)
		}
	}
	t.Logf("waited %v between attempts", at.Now().Sub(began))
}

// TestEnd has the ends of a chain where nobody has the file.
func TestEnd(t *testing.T) {
	_, missing := start(t, proxytest.Status(404, ""))
	_, broken := start(t, proxytest.Status(403, ""))
	for _, tt := range []struct {
		chain               *modroute.Chain
		notFound, origin, o bool
	}{
		{chainOf(false, missing), true, false, false},
		{chainOf(false, missing, modroute.Direct), true, true, false},
		{chainOf(false, missing, modroute.Off), true, false, true},
		{chainOf(true, broken, modroute.Direct), true, true, false},
		{chainOf(true, broken, modroute.Off), false, false, false},
		{chainOf(true, broken, missing), false, false, false},
		{chainOf(false, broken, modroute.Direct), false, false, false},
		{chainOf(false, modroute.Off), true, false, true},
		{&modroute.Chain{Proxies: []modroute.Source{{URL: broken}}, NoProxy: "example.com"}, true, true, false},
	} {
		c, _ := testClient(t, Config{})
		_, err := c.Fetch(t.Context(), tt.chain, Request{Module: modPath, File: modURL})
		e, ok := errors.AsType[*NotFoundError](err)
		if ok != tt.notFound || ok && (e.Origin != tt.origin || e.Off != tt.o) || errors.Is(err, fs.ErrNotExist) != ok {
			t.Errorf("%v: %v", tt.chain.Proxies, err)
		}
	}
}

// TestPrivate asks for a private module that only its route has: the public
// proxy hears nothing, whatever the route's does.
func TestPrivate(t *testing.T) {
	public, publicURL := start(t, nil)
	for _, fault := range []proxytest.Fault{nil, proxytest.Status(404, ""), proxytest.Status(500, ""), proxytest.Hang} {
		_, inside := start(t, fault)
		chain := chainOf(true, publicURL)
		chain.Private = "example.com"
		chain.Routes = []modroute.Route{{Pattern: "example.com", Sources: []modroute.Source{{URL: inside, AnyError: true}}}}
		c, _ := testClient(t, impatient)
		for _, r := range []Request{{Module: modPath, File: modURL}, {File: modURL}} {
			if _, err := c.Fetch(t.Context(), chain, r); (err == nil) != (fault == nil) {
				t.Error(err)
			}
		}
	}
	if got := public.Requests(); len(got) > 0 {
		t.Errorf("the public proxy was asked %v", got)
	}
}

func TestRetry(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault proxytest.Fault
		other bool
		waits string
		ok    bool
	}{
		{"backoff", proxytest.Times(2, proxytest.Status(500, "")), false, "[200ms 400ms]", true},
		{"too often", proxytest.Times(3, proxytest.Status(502, "")), false, "[200ms 400ms]", false},
		{"seconds", proxytest.Times(2, proxytest.Status(429, "7")), false, "[7s 7s]", true},
		{"date", proxytest.Times(1, proxytest.Status(503, "Fri, 02 Jan 2026 03:04:08 GMT")), false, "[3s]", true},
		{"past", proxytest.Times(1, proxytest.Status(503, "Fri, 02 Jan 2025 03:04:08 GMT")), false, "[200ms]", true},
		{"malformed", proxytest.Times(1, proxytest.Status(503, "soon")), false, "[200ms]", true},
		{"too long", proxytest.Times(1, proxytest.Status(429, "31")), false, "[]", false},
		{"too long with another", proxytest.Times(1, proxytest.Status(429, "6")), true, "[]", false},
		{"not for ever", proxytest.Status(501, ""), false, "[]", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, bad := start(t, tt.fault)
			c, at := testClient(t, Config{})
			chain := chainOf(true, bad)
			if tt.other {
				chain = chainOf(true, bad, refused(t))
				c.cfg.Retries = 1
			}
			_, err := c.Fetch(t.Context(), chain, Request{Module: modPath, File: modURL})
			waits := at.waits
			if tt.other {
				waits = waits[:len(waits)-1] // that for the other
			}
			if got := fmt.Sprint(waits); (err == nil) != tt.ok || got != tt.waits {
				t.Errorf("error %v, waits %v; want %v", err, got, tt.waits)
			}
		})
	}
}

// breakOff sends the first n bytes of a body and hangs up, or hangs.
func breakOff(n int, hang bool) proxytest.Fault {
	return func(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
		answer := httptest.NewRecorder()
		good.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		w.Write(answer.Body.Bytes()[:n])
		w.(http.Flusher).Flush()
		if hang {
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	}
}

// TestGzip wants files that a proxy compresses unasked as the go command has them,
// also if an answer breaks off: its rest is not asked for.
func TestGzip(t *testing.T) {
	cut := proxytest.Times(1, func(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
		return proxytest.Truncate(w, r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { proxytest.Gzip(w, r, good) }))
	})
	s, url := start(t, func(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
		return cut(w, r, good) || proxytest.Gzip(w, r, good)
	})
	c, _ := testClient(t, Config{})
	dst, err := os.Create(filepath.Join(t.TempDir(), "zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer dst.Close()
	if _, err := c.Fetch(t.Context(), chainOf(false, url), Request{File: zipURL, Dst: dst}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(dst.Name())
	want := httptest.NewRecorder()
	s.Handler.ServeHTTP(want, httptest.NewRequest("GET", "/"+zipURL, nil))
	if err != nil || !bytes.Equal(got, want.Body.Bytes()) {
		t.Errorf("got %d bytes, %v; want %d", len(got), err, want.Body.Len())
	}
	r, err := c.Fetch(t.Context(), chainOf(false, url), Request{File: modURL})
	if err != nil || string(r.Body) != "module example.com/dep\n" || r.Size != int64(len(r.Body)) {
		t.Errorf("%+v, %v", r, err)
	}
	if got := s.Requests(); len(got) != 3 {
		t.Errorf("%d requests, want 3: %q", len(got), got)
	}
}

func TestResume(t *testing.T) {
	for _, tt := range []struct {
		name    string
		etag    bool
		changed bool // the file is another one after the first attempt
		ranges  bool
		hang    bool
		resumes int64
	}{
		{"etag", true, false, true, false, 1},
		{"length", false, false, true, false, 1},
		{"stall", true, false, true, true, 1},
		{"changed", true, true, true, false, 0},
		{"no ranges", true, false, false, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bodies := [][]byte{moduleZip(t, "example.com/dep@v1.0.0/", 1<<16), moduleZip(t, "example.com/dep@v1.0.0/", 1<<15)}
			served, asked := 0, 0
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tt.changed && asked > 0 {
					served = 1
				}
				asked++
				if tt.etag {
					w.Header().Set("ETag", strconv.Quote(strconv.Itoa(served)))
				}
				if !tt.ranges {
					w.Write(bodies[served])
					return
				}
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(bodies[served]))
			})
			s := &proxytest.Server{Handler: handler, Fault: proxytest.Times(1, breakOff(20000, tt.hang))}
			server := s.Start()
			defer server.Close()
			dst, err := os.Create(filepath.Join(t.TempDir(), "zip"))
			if err != nil {
				t.Fatal(err)
			}
			defer dst.Close()
			c, _ := testClient(t, impatient)
			result, err := c.Fetch(t.Context(), chainOf(false, server.URL), Request{Module: modPath, File: zipURL, Dst: dst})
			if err != nil {
				t.Fatal(err)
			}
			got, _ := os.ReadFile(dst.Name())
			if !bytes.Equal(got, bodies[served]) || result.Size != int64(len(got)) || result.Body != nil {
				t.Errorf("%d bytes, want %d", len(got), len(bodies[served]))
			}
			if state := c.State(); state[0].Resumes != tt.resumes || asked != 2 {
				t.Errorf("%+v", state)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	_, bad := start(t, nil)
	_, good := start(t, nil)
	for _, anyError := range []bool{true, false} {
		errWrong, calls := errors.New("not what go.sum says"), 0
		c, _ := testClient(t, Config{})
		r := Request{Module: modPath, File: zipURL, Check: func() error {
			if calls++; calls == 1 {
				return errWrong
			}
			return nil
		}}
		result, err := c.Fetch(t.Context(), chainOf(anyError, bad, good), r)
		if anyError && (err != nil || result.Source != good) || !anyError && !errors.Is(err, errWrong) {
			t.Errorf("any error %v: %v", anyError, err)
		}
	}
}

func TestSane(t *testing.T) {
	for _, tt := range []struct {
		file, body, says string
	}{
		{infoURL, "null", "JSON without a Version"},
		{infoURL, "{", "not JSON"},
		{infoURL, `{"Version":"v1.0.1"}`, `it describes version "v1.0.1"`},
		{"example.com/dep/@v/master.info", `{"Version":"v1.0.1"}`, ""},
		{"example.com/dep/@latest", `{"Version":"v1.0.1"}`, ""},
		{"example.com/dep/@latest", `[]`, "not JSON"},
		{modURL, "\n <!DOCTYPE html>", "an HTML page"},
		{modURL, "module x\x00", "not a text"},
		{modURL, "module x\n", ""},
		{"example.com/dep/@v/list", "<html>", "an HTML page"},
		{"example.com/dep/@v/list", "", ""},
		{zipURL, "PK\x03\x04 and no more", "not a whole zip file of 16 bytes"},
		{"example.com/!dep/@v/v1.0.0.zip", string(moduleZip(t, "example.com/Dep@v1.0.0/", 10)), ""},
		{"sumdb/sum.example.com/tile/8/0/000", "<\x00", ""},
	} {
		err := sane(tt.file, "application/octet-stream", strings.NewReader(tt.body), int64(len(tt.body)))
		if got := fmt.Sprint(err); tt.says == "" && err != nil || tt.says != "" && !strings.Contains(got, tt.says) {
			t.Errorf("%s %q: got %v, want %q", tt.file, tt.body, got, tt.says)
		}
	}
	if sane("sumdb/sum.example.com/lookup/x", "text/html; charset=utf-8", strings.NewReader("<p>"), 3) == nil {
		t.Error("a page passes for checksums")
	}
}

// TestBreaker follows one proxy through the states of its breaker.
func TestBreaker(t *testing.T) {
	broken := true
	bad, badURL := start(t, func(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
		return broken && proxytest.Status(503, "")(w, r, good)
	})
	_, good := start(t, nil)
	c, at := testClient(t, Config{Retries: -1, Failures: 2})
	fetch := func(chain *modroute.Chain) error {
		_, err := c.Fetch(t.Context(), chain, Request{Module: modPath, File: modURL})
		return err
	}
	both := chainOf(true, badURL, good)
	want := func(step string, breaker string, asked int) {
		t.Helper()
		if got := c.State()[0].Breaker; got != breaker && c.State()[1].Breaker != breaker || len(bad.Requests()) != asked {
			t.Errorf("%s: %+v, asked %d times, want %s and %d", step, c.State(), len(bad.Requests()), breaker, asked)
		}
	}
	for range 5 {
		if err := fetch(both); err != nil {
			t.Fatal(err)
		}
	}
	want("it fails", "open", 2)
	if err := fetch(chainOf(true, badURL)); err == nil {
		t.Error("it has no other, and did not fail")
	}
	want("there is no other", "open", 3)
	at.Sleep(t.Context(), DefaultCoolDown)
	want("after a while", "half-open", 3)
	fetch(both)
	fetch(both)
	want("the probe fails", "open", 4)
	at.Sleep(t.Context(), DefaultCoolDown)
	broken = false
	fetch(both)
	fetch(both)
	want("the probe succeeds", "closed", 6)
	missing := chainOf(true, badURL, good)
	for range 5 {
		c.Fetch(t.Context(), missing, Request{Module: modPath, File: "example.com/dep/@v/v9.0.0.mod"})
	}
	want("404 is no failure", "closed", 11)
}

// TestPrivateRedirect has a private module's proxy send its clients to the one of
// all others.
func TestPrivateRedirect(t *testing.T) {
	public, publicURL := start(t, nil)
	_, inside := start(t, func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		http.Redirect(w, r, publicURL+r.URL.Path, http.StatusFound)
		return true
	})
	chain := chainOf(true, publicURL)
	chain.Routes = []modroute.Route{{Pattern: "example.com/*", Sources: []modroute.Source{{URL: inside}}}}
	for _, private := range []string{"example.com", ""} { // the other one is asked in the end
		chain.Private = private
		c, _ := testClient(t, Config{})
		_, err := c.Fetch(t.Context(), chain, Request{Module: modPath, File: modURL})
		if asked := public.Count("dep") > 0; asked != (private == "") || asked != (err == nil) {
			t.Errorf("GOPRIVATE=%s: asked %v: %v", private, public.Requests(), err)
		}
		if err != nil && !strings.Contains(err.Error(), "it redirects to ") {
			t.Error(err)
		}
	}
}

func TestSameHost(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"https://a.example.com", "http://A.example.com:80/x", true},
		{"https://a.example.com", "https://a.example.com:8443", false},
		{"https://a.example.com", "https://b.example.com", false},
		{"http://127.0.0.1:1", "http://127.0.0.1:1/x", true},
	} {
		a, _ := url.Parse(tt.a)
		b, _ := url.Parse(tt.b)
		if got := sameHost(a, b); got != tt.want {
			t.Errorf("%s and %s: %v", tt.a, tt.b, got)
		}
	}
}

// TestRefusals has a proxy that refuses all modules but its own, which must not be
// asked for elsewhere for that.
func TestRefusals(t *testing.T) {
	_, own := start(t, func(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
		return !strings.Contains(r.URL.Path, "/dep/") && proxytest.Status(403, "")(w, r, good)
	})
	other, otherURL := start(t, proxytest.Status(404, ""))
	c, _ := testClient(t, Config{})
	chain := chainOf(true, own, otherURL)
	for range 2 * DefaultFailures {
		c.Fetch(t.Context(), chain, Request{Module: "example.com/x", File: "example.com/x/@v/list"})
	}
	if _, err := c.Fetch(t.Context(), chain, Request{Module: modPath, File: modURL}); err != nil {
		t.Error(err)
	}
	if n := other.Count("/dep/"); n > 0 {
		t.Errorf("the other proxy was asked %d times", n)
	}
	if s := c.State()[0].Last + c.State()[1].Last; s != "403 Forbidden" { // shown, though the last answer was good
		t.Error(s)
	}
}

// TestDrip has proxies that send a byte now and then, for ever.
func TestDrip(t *testing.T) {
	for _, status := range []int{200, 502} {
		_, slow := start(t, func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			w.WriteHeader(status)
			for r.Context().Err() == nil {
				io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
			return true
		})
		_, good := start(t, nil)
		c, _ := testClient(t, impatient)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := c.Fetch(ctx, chainOf(true, slow, good), Request{Module: modPath, File: zipURL}); err != nil {
			t.Errorf("%d: %v", status, err)
		}
		if state := c.State(); !strings.Contains(state[0].Last+state[1].Last, "less than 1024 bytes of the answer in 400ms") {
			t.Errorf("%d: %+v", status, state)
		}
	}
}

// TestRevived has a proxy come back while its breaker is open and the other one
// is down.
func TestRevived(t *testing.T) {
	broken := true
	_, first := start(t, func(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
		return broken && proxytest.Status(500, "")(w, r, good)
	})
	c, _ := testClient(t, Config{Retries: -1, Failures: 1})
	chain := chainOf(true, first, refused(t))
	for _, broken = range []bool{true, false} {
		_, err := c.Fetch(t.Context(), chain, Request{Module: modPath, File: modURL})
		if (err != nil) != broken {
			t.Errorf("broken %v: %v", broken, err)
		}
	}
}

// TestAfterAll has a proxy left alone whose file no other one has: it is asked
// after all, but not again and again for nothing.
func TestAfterAll(t *testing.T) {
	_, missing := start(t, proxytest.Status(404, ""))
	other := Request{Module: "example.com/x", File: "example.com/x/@v/list"}
	for _, tt := range []struct {
		name   string
		fault  proxytest.Fault
		asked  int
		breaks string
	}{
		{"unavailable", proxytest.Status(503, ""), 4, stateOpen},
		{"hangs", proxytest.Hang, 1, stateOpen},
		{"says 500", proxytest.Status(500, ""), 4, stateClosed},
		{"sends a page", proxytest.HTML, 4, stateClosed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			own, ownURL := start(t, func(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
				return !strings.Contains(r.URL.Path, "/dep/") && tt.fault(w, r, good)
			})
			c, at := testClient(t, Config{Timeout: impatient.Timeout, Retries: -1, Failures: 1})
			chain := chainOf(true, ownURL, missing)
			for range 4 {
				c.Fetch(t.Context(), chain, other)
			}
			if n := own.Count("/x/"); n != tt.asked {
				t.Errorf("it was asked %d times, want %d", n, tt.asked)
			}
			state := c.State()
			if i := slices.IndexFunc(state, func(s ProxyState) bool { return s.URL == ownURL }); state[i].Breaker != tt.breaks {
				t.Errorf("%+v", state[i])
			}
			at.Sleep(t.Context(), impatient.Timeout)
			if _, err := c.Fetch(t.Context(), chain, Request{Module: modPath, File: modURL}); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestQuestions counts one failure for each question, and asks again once what a
// proxy may answer for what it lacks.
func TestQuestions(t *testing.T) {
	_, good := start(t, nil)
	for status, want := range map[int]int{503: 3, 500: 1} {
		bad, badURL := start(t, proxytest.Status(status, ""))
		c, _ := testClient(t, Config{})
		for i := range 3 {
			before := len(bad.Requests())
			if _, err := c.Fetch(t.Context(), chainOf(true, badURL, good), Request{Module: modPath, File: modURL}); err != nil {
				t.Fatal(err)
			}
			asked := len(bad.Requests()) - before
			if i == 0 && asked != 3 || i > 0 && asked != want {
				t.Errorf("%d: question %d asked %d times", status, i, asked)
			}
		}
		if state := c.State(); state[0].Breaker != stateClosed || state[1].Breaker != stateClosed {
			t.Errorf("%d: %+v", status, state)
		}
	}
}

// TestStage asks parts of a module's sources, as go asks the entries of GOPROXY.
func TestStage(t *testing.T) {
	down := refused(t)
	good, goodURL := start(t, nil)
	for _, tt := range []struct {
		name     string
		chain    *modroute.Chain
		stage    modroute.Stage
		opened   bool // the breaker of the first
		ok       bool
		notFound bool
	}{
		{"the first alone", chainOf(true, down, goodURL), modroute.Stage{From: 0, To: 1}, false, false, false},
		{"the second", chainOf(true, down, goodURL), modroute.Stage{From: 1, To: 2}, false, true, false},
		{"one that is left alone", chainOf(true, down, goodURL), modroute.Stage{From: 0, To: 1}, true, true, false},
		{"none", chainOf(true, down, goodURL), modroute.Stage{}, false, false, true},
		{"the origin next", chainOf(true, down, modroute.Direct), modroute.Stage{From: 0, To: 2}, false, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := testClient(t, Config{Retries: -1, Failures: 1})
			if tt.opened {
				c.Fetch(t.Context(), tt.chain, Request{Module: modPath, File: modURL})
			}
			_, err := c.Fetch(t.Context(), tt.chain, Request{Module: modPath, File: modURL, Stage: &tt.stage})
			if (err == nil) != tt.ok || errors.Is(err, fs.ErrNotExist) != tt.notFound {
				t.Error(err)
			}
		})
	}
	if n := len(good.Requests()); n != 3 {
		t.Errorf("the good one was asked %d times", n)
	}
}

func TestContext(t *testing.T) {
	_, hang := start(t, proxytest.Hang)
	_, good := start(t, nil)
	c, _ := testClient(t, Config{Timeout: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := c.Fetch(ctx, chainOf(true, hang, good), Request{Module: modPath, File: modURL})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestDst(t *testing.T) {
	_, good := start(t, nil)
	c, _ := testClient(t, Config{})
	closed, err := os.Create(filepath.Join(t.TempDir(), "zip"))
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	_, err = c.Fetch(t.Context(), chainOf(true, good, good), Request{Module: modPath, File: modURL, Dst: closed})
	if !errors.Is(err, fs.ErrClosed) {
		t.Error(err)
	}
	if s := c.State()[0]; s.Failures != 0 {
		t.Errorf("the proxy is blamed: %+v", s)
	}
}

func TestFileProxy(t *testing.T) {
	dir := goodDir(t)
	u := (&url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(dir), "/")}).String()
	c, _ := testClient(t, Config{})
	result, err := c.Fetch(t.Context(), chainOf(false, u), Request{Module: modPath, File: modURL})
	if err != nil || string(result.Body) != "module example.com/dep\n" {
		t.Errorf("%v", err)
	}
	_, err = c.Fetch(t.Context(), chainOf(false, u), Request{Module: modPath, File: "example.com/dep/@v/v2.0.0.mod"})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestSumdb(t *testing.T) {
	_, missing := start(t, proxytest.Status(404, ""))
	_, good := start(t, nil)
	c, _ := testClient(t, Config{})
	if _, err := c.Fetch(t.Context(), chainOf(false, missing, good), Request{File: "sumdb/sum.example.com/supported"}); err != nil {
		t.Error(err)
	}
}

func TestRedirect(t *testing.T) {
	_, good := start(t, nil)
	plain := httptest.NewServer(http.RedirectHandler(good+"/"+modURL, http.StatusFound))
	defer plain.Close()
	c, _ := testClient(t, Config{})
	if _, err := c.Fetch(t.Context(), chainOf(false, plain.URL), Request{Module: modPath, File: modURL}); err != nil {
		t.Error(err)
	}
	secure := httptest.NewTLSServer(http.RedirectHandler(good+"/"+modURL, http.StatusFound))
	defer secure.Close()
	c, _ = testClient(t, Config{Auth: []Auth{caOf(t, secure)}})
	_, err := c.Fetch(t.Context(), chainOf(false, secure.URL), Request{Module: modPath, File: modURL})
	if err == nil || !strings.Contains(err.Error(), "it redirects to http") {
		t.Error(err)
	}
}
