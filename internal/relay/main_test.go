package relay

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/goproxytest"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/proxytest"
	"github.com/goshim/goshim/internal/testgo"
)

// TestMain lets the test binary be a relay, as the companion is.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "relay" && os.Args[2] == "--serve" {
		if err := Serve(os.Stdin, os.Stdout); err != nil {
			fmt.Println(err)
		}
		return
	}
	os.Exit(m.Run())
}

// goodHandler serves the modules of testdata/mod.
func goodHandler(t testing.TB) http.Handler {
	t.Helper()
	server := goproxytest.NewTestServer(t, filepath.Join("testdata", "mod"), "")
	u, err := url.Parse(strings.TrimSuffix(server.URL, "/"))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.ErrorLog = silent
	return proxy
}

// startProxy starts a proxy with a fault over a good one.
func startProxy(t testing.TB, fault proxytest.Fault) (*proxytest.Server, string) {
	t.Helper()
	s := &proxytest.Server{Handler: goodHandler(t), Fault: fault}
	server := s.Start()
	t.Cleanup(server.Close)
	return s, server.URL
}

func chainOf(anyError bool, urls ...string) *modroute.Chain {
	c := &modroute.Chain{Sumdb: "sum.example.com"}
	for _, u := range urls {
		c.Proxies = append(c.Proxies, modroute.Source{URL: u, AnyError: anyError})
	}
	return c
}

// testConfig gives up soon.
func testConfig(chain *modroute.Chain) Config {
	return Config{Chain: chain, Timeout: time.Second, Retries: -1, Idle: 20 * time.Second, Env: []string{"HOME=/nowhere"}}
}

const testSecret = "secret"

// serve serves a relay in this process and returns its URL for GOPROXY.
func serve(t testing.TB, cfg Config) (*Server, string) {
	t.Helper()
	s := NewServer(cfg, testSecret)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL + "/" + testSecret
}

// A project is a directory with a go.mod, and an environment for the real go.
type project struct {
	t   testing.TB
	dir string
	env []string
}

// newProject makes a module that needs example.com/a and example.com/b.
func newProject(t testing.TB, goproxy string) *project {
	t.Helper()
	home, dir := t.TempDir(), t.TempDir()
	testgo.NoTelemetry(t, filepath.Join(home, ".config"))
	for name, text := range map[string]string{
		"go.mod": "module example.com/main\n\ngo 1.21\n\nrequire example.com/a v1.0.0\n\nrequire example.com/b v1.0.0 // indirect\n",
		"m.go":   "package m\n\nimport _ \"example.com/a\"\n",
		"go.sum": goSum,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return &project{t, dir, []string{
		"HOME=" + home, "USERPROFILE=" + home, "PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT"),
		"GOPROXY=" + goproxy, "GOSUMDB=off", "GOFLAGS=-modcacherw", "GOTOOLCHAIN=local", "GOTELEMETRY=off", "GOENV=off",
		"GOPATH=" + filepath.Join(home, "go"), "GOCACHE=" + filepath.Join(home, "cache"),
	}}
}

// cmd returns a command of the real go.
func (m *project) cmd(args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = m.dir, append(m.env, "PWD="+m.dir)
	return cmd
}

// run runs a command that must succeed.
func (m *project) run(args ...string) {
	m.t.Helper()
	if out, err := m.cmd(args...).CombinedOutput(); err != nil {
		m.t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// fail runs a command that must fail and returns what it printed.
func (m *project) fail(args ...string) string {
	m.t.Helper()
	out, err := m.cmd(args...).CombinedOutput()
	if err == nil {
		m.t.Fatalf("go %s succeeded\n%s", strings.Join(args, " "), out)
	}
	return string(out)
}

func get(t testing.TB, url string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, string(text)
}

const goSum = `example.com/a v1.0.0 h1:lMb32lNwBhCvE+CoM9tilnFHKO9+b3gaa8EQkomqFIw=
example.com/a v1.0.0/go.mod h1:Iz4LqFwWPTXGh7fB4pLUjv0WBm2F5Au27mBiQgYnuU8=
example.com/b v1.0.0 h1:vmi+PDKwwhwLa/6HuPUqOOv85cX6hwLL3H1ezFF8ob4=
example.com/b v1.0.0/go.mod h1:rjc9Jkp/xiv8OktC5V16OuYntMeTjs1dkvTkFbgnZKw=
`
