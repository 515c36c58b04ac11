package relay

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/proxytest"
)

func TestPaths(t *testing.T) {
	upstream, good := startProxy(t, nil)
	chain := chainOf(false, good)
	chain.NoSumdb = "example.com/private"
	_, relay := serve(t, testConfig(chain))
	for _, tt := range []struct {
		path   string
		status int
		body   string
		asked  bool
	}{
		{"/example.com/a/@v/v1.0.0.mod", 200, "module example.com/a\n", true},
		{"/example.com/a/@v/v1.0.0.info", 200, `"v1.0.0"`, true},
		{"/example.com/a/@v/v1.0.0.zip", 200, "PK", true},
		{"/example.com/a/@v/list", 200, "v1.0.0\n", true},
		{"/example.com/a/@v/v9.0.0.mod", 404, good + ": 404 Not Found", true},
		{"/sumdb/sum.example.com/supported", 404, good + ": 404 Not Found", true},
		{"/sumdb/sum.example.com/lookup/example.com/private@v1.0.0", 403, "is not looked up", false},
		{"/example.com/a/@v/../../x.mod", 404, "", false},
		{"/Example.com/a/@v/list", 404, "404 page not found", false},
		{"/example.com/a/@v/v1.0.0.txt", 404, "404 page not found", false},
		{"/example.com/a/@v/", 404, "404 page not found", false},
		{"/example.com/a", 404, "404 page not found", false},
		{"/-/other", 404, "404 page not found", false},
		{"/-/stop", 404, "404 page not found", false}, // not by GET
		{"/-/state", 200, `"breaker":"closed"`, false},
		{"/../secre/example.com/a/@v/list", 404, "404 page not found", false},
		{"/../example.com/a/@v/list", 404, "404 page not found", false},
	} {
		before := len(upstream.Requests())
		status, body := get(t, relay+tt.path)
		if status != tt.status || !strings.Contains(body, tt.body) || (len(upstream.Requests()) > before) != tt.asked {
			t.Errorf("%s: %d %.200q, want %d %q; asked %v", tt.path, status, body, tt.status, tt.body, upstream.Requests()[before:])
		}
	}
}

// TestStranger has somebody on this machine who does not know the path: no
// connection is kept for them.
func TestStranger(t *testing.T) {
	s, relay := serve(t, testConfig(chainOf(false, "off")))
	for _, url := range []string{strings.TrimSuffix(relay, testSecret), relay + "x/-/state"} {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 404 || !resp.Close || resp.Header.Get(proofHeader) != "" {
			t.Errorf("%s: %v", url, resp)
		}
	}
	if state := s.state(); state.Requests != 0 {
		t.Errorf("%+v", state)
	}
}

// TestParents has the paths that go asks for in search of a private module.
func TestParents(t *testing.T) {
	upstream, good := startProxy(t, nil)
	chain := chainOf(false, good)
	chain.Private = "none.example.com,example.com/team/*,git.*.example.com/*/*"
	chain.Routes = []modroute.Route{{Pattern: "git.b.example.com", Sources: []modroute.Source{{URL: good}}}}
	_, relay := serve(t, testConfig(chain))
	for _, tt := range []struct {
		path  string
		asked bool
	}{
		{"/example.com/@v/list", true},
		{"/example.com/team/@v/list", false},
		{"/example.com/teams/@v/list", true},
		{"/git.a.example.com/@v/v1.2.3.info", false},
		{"/git.a.example.com/x/@latest", false},
		{"/git.b.example.com/@v/list", true},
		{"/git.example.com/@v/list", true},
		{"/sumdb/sum.example.com/supported", true},
	} {
		before := len(upstream.Requests())
		status, body := get(t, relay+tt.path)
		if asked := len(upstream.Requests()) > before; asked != tt.asked || status != 404 || !asked && !strings.Contains(body, "/* is private") {
			t.Errorf("%s: asked %v, %d %q", tt.path, asked, status, body)
		}
	}
}

// TestRouteEnds has routes without direct, of which go must not ask the origin
// although GOPROXY ends with direct for others.
func TestRouteEnds(t *testing.T) {
	_, missing := startProxy(t, proxytest.Status(404, ""))
	chain := chainOf(false, missing, "direct")
	for pattern, url := range map[string]string{"example.com/gate": missing, "example.com/off": "off", "example.com/open": "direct"} {
		chain.Routes = append(chain.Routes, modroute.Route{Pattern: pattern, Sources: []modroute.Source{{URL: url}}})
	}
	closed := chainOf(false, missing)
	closed.Routes = chain.Routes
	_, relay := serve(t, testConfig(chain))
	_, gate := serve(t, testConfig(closed))
	for _, tt := range []struct {
		path   string
		status int
		text   string
	}{
		{relay + "/example.com/gate/@v/v1.0.0.mod", 403, ": 404 Not Found\nits origin is not asked: its route has no direct\n"},
		{relay + "/example.com/gate/@v/v1.0.0.zip", 403, "its route has no direct\n"},
		{relay + "/example.com/gate/@v/list", 404, ": 404 Not Found\n"},
		{relay + "/example.com/gate/@v/v1.0.0.info", 404, ": 404 Not Found\n"},
		{relay + "/example.com/off/@v/list", 403, "its origin is not asked: its route has no direct\n"},
		{relay + "/example.com/open/@v/v1.0.0.mod", 404, "the module's origin is next (direct)\n"},
		{relay + "/example.com/a/@v/v1.0.0.mod", 404, "the module's origin is next (direct)\n"},
		{relay + "/sumdb/sum.example.com/x.mod", 404, ""},
		{gate + "/example.com/gate/@v/v1.0.0.mod", 404, ": 404 Not Found\n"},
	} {
		if status, text := get(t, tt.path); status != tt.status || !strings.HasSuffix(text, tt.text) {
			t.Errorf("%s: got %d %q, want %d %q", tt.path, status, text, tt.status, tt.text)
		}
	}
}

// TestErrors has the statuses and the texts that go shows.
func TestErrors(t *testing.T) {
	at := func(f proxytest.Fault) string { _, u := startProxy(t, f); return u }
	missing, gone, broken, hang := at(proxytest.Status(404, "")), at(proxytest.Status(410, "")), at(proxytest.Status(500, "")), at(proxytest.Hang)
	many := make([]string, 12)
	for i := range many {
		many[i] = broken + fmt.Sprint("/", i)
	}
	for _, tt := range []struct {
		chain  *modroute.Chain
		status int
		text   string
	}{
		{chainOf(false, missing, gone), 410, "M: 404 Not Found\nG: 410 Gone\n"},
		{chainOf(false, gone, missing), 404, "G: 410 Gone\nM: 404 Not Found\n"},
		{chainOf(false, missing, "direct"), 404, "M: 404 Not Found\nthe module's origin is next (direct)\n"},
		{chainOf(false, "off"), 404, "goshim relay: no source may be asked (off)\n"},
		{chainOf(false, broken), 500, "B: 500 Internal Server Error\ngoshim relay, request ID\n"},
		{chainOf(true, missing, hang), 504, "M: 404 Not Found\nH: no answer for 1s\ngoshim relay, request ID\n"},
		{chainOf(true, many...), 500, "and 6 more\ngoshim relay, request ID\n"},
	} {
		_, relay := serve(t, testConfig(tt.chain))
		status, text := get(t, relay+"/example.com/a/@v/v1.0.0.mod")
		if i := strings.Index(text, "request "); i >= 0 {
			text = text[:i+8] + "ID" + text[i+8+16:]
		}
		for name, url := range map[string]string{"M": missing, "G": gone, "B": broken, "H": hang} {
			text = strings.ReplaceAll(text, url+":", name+":")
		}
		if status != tt.status || !strings.HasSuffix(text, tt.text) || strings.Count(text, "\n") > 8 || len(text) > 8*81 {
			t.Errorf("got %d %q, want %d %q", status, text, tt.status, tt.text)
		}
	}
}

// TestParallel asks 200 times at once, for one file and for several.
func TestParallel(t *testing.T) {
	const n = 200
	all := make(chan struct{})
	upstream, good := startProxy(t, func(http.ResponseWriter, *http.Request, http.Handler) bool {
		<-all
		return false
	})
	s, relay := serve(t, Config{Chain: chainOf(false, good), Timeout: time.Minute})
	files := []string{"example.com/a/@v/v1.0.0.zip", "example.com/a/@v/v1.0.0.mod", "example.com/b/@v/v1.0.0.zip", "example.com/b/@v/list"}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if status, body := get(t, relay+"/"+files[i%len(files)]); status != 200 || body == "" {
				t.Errorf("%d %q", status, body)
			}
		})
	}
	for waiting(s) < n {
		time.Sleep(time.Millisecond)
	}
	close(all)
	wg.Wait()
	for _, file := range files {
		if n := upstream.Count(file); n != 1 {
			t.Errorf("%s: %d requests", file, n)
		}
	}
}

// waiting returns how many requests wait for a file.
func waiting(s *Server) int {
	s.flights.mu.Lock()
	defer s.flights.mu.Unlock()
	n := 0
	for _, f := range s.flights.running {
		n += f.users
	}
	return n
}

// TestPartial lets a client leave, and the fetch goes on for the other.
func TestPartial(t *testing.T) {
	hang := make(chan struct{})
	upstream, good := startProxy(t, func(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
		<-hang
		return false
	})
	s, relay := serve(t, Config{Chain: chainOf(false, good)})
	impatient := http.Client{Timeout: 50 * time.Millisecond}
	done := make(chan int)
	go func() {
		status, _ := get(t, relay+"/example.com/a/@v/v1.0.0.mod")
		done <- status
	}()
	if _, err := impatient.Get(relay + "/example.com/a/@v/v1.0.0.mod"); err == nil {
		t.Error("it answered")
	}
	close(hang)
	if status := <-done; status != 200 {
		t.Errorf("status %d", status)
	}
	if n := upstream.Count("v1.0.0.mod"); n > 2 {
		t.Errorf("%d requests", n)
	}
	s.flights.mu.Lock()
	defer s.flights.mu.Unlock()
	if len(s.flights.running) > 0 {
		t.Errorf("left: %v", s.flights.running)
	}
}

// otherZip returns a zip of example.com/a v1.0.0 that go.sum does not have.
func otherZip(t testing.TB) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/a\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := zip.CreateFromDir(&b, module.Version{Path: "example.com/a", Version: "v1.0.0"}, dir); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSums puts a proxy with a zip that is not what go.sum says before a good
// one.
func TestSums(t *testing.T) {
	_, bad := startProxy(t, proxytest.Suffix("a/@v/v1.0.0.zip", proxytest.Replace(otherZip(t))))
	_, good := startProxy(t, nil)
	for _, tt := range []struct {
		name   string
		any    bool
		leased bool
		err    string
	}{
		{"next", true, true, ""},
		{"not found only", false, true, "checksum mismatch"},
		{"not known", true, false, "SECURITY ERROR"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, relay := serve(t, testConfig(chainOf(tt.any, bad, good)))
			m := newProject(t, relay)
			if tt.leased {
				s.sums.add([]string{filepath.Join(m.dir, "go.sum")})
			}
			if tt.err == "" {
				m.run("mod", "download")
				m.run("mod", "verify")
			} else if out := m.fail("mod", "download"); !strings.Contains(out, tt.err) {
				t.Errorf("got %s", out)
			}
		})
	}
}

// TestSumsChange wants a go.sum that grows to count at once.
func TestSumsChange(t *testing.T) {
	var s sums
	name := filepath.Join(t.TempDir(), "go.sum")
	s.add([]string{name})
	if got := s.known("example.com/a v1.0.0"); got != nil {
		t.Errorf("got %v", got)
	}
	if err := os.WriteFile(name, []byte(goSum), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := s.known("example.com/a v1.0.0"); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	s.add([]string{name})
	s.drop([]string{name})
	if len(s.files) != 1 {
		t.Error("dropped too early")
	}
	s.drop([]string{name})
	if len(s.files) != 0 {
		t.Error("not dropped")
	}
}
