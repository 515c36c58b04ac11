package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/proxytest"
)

// ensure returns a relay in a process of its own, which ends with the test.
func ensure(t testing.TB, dir string, cfg Config) *Running {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Ensure(t.Context(), dir, self, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Stop(context.Background())
		waitEnd(r.PID)
	})
	return r
}

// waitEnd waits for the end of a process, so that nothing is written any more.
func waitEnd(pid int) {
	for range 400 {
		if p, err := os.FindProcess(pid); err != nil || p.Signal(syscall.Signal(0)) != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func kill(t testing.TB, r *Running) {
	t.Helper()
	p, err := os.FindProcess(r.PID)
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 200; i++ {
		if _, err := r.State(t.Context()); err != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("it lives")
}

// TestEnsure starts a relay by eight at once, and others after it was killed,
// stopped, and replaced by another program.
func TestEnsure(t *testing.T) {
	_, good := startProxy(t, nil)
	dir, cfg := t.TempDir(), testConfig(chainOf(false, good))
	pids := make([]int, 8)
	var wg sync.WaitGroup
	for i := range pids {
		wg.Go(func() { pids[i] = ensure(t, dir, cfg).PID })
	}
	wg.Wait()
	first := ensure(t, dir, cfg)
	for _, pid := range pids {
		if pid != first.PID {
			t.Errorf("relays %v", pids)
		}
	}
	info, err := os.Stat(first.file)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the state file: %v %v", info.Mode(), err)
	}
	other := cfg
	other.Timeout *= 2
	if ensure(t, dir, other).PID == first.PID {
		t.Error("another configuration has the same relay")
	}
	if all, err := All(t.Context(), dir); err != nil || len(all) != 2 {
		t.Errorf("All: %v %v", all, err)
	}

	kill(t, first)
	second := ensure(t, dir, cfg)
	if second.PID == first.PID {
		t.Error("the same one")
	}
	if err := second.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	waitGone(t, second.file)

	for name, handler := range map[string]http.Handler{
		"not found": http.NotFoundHandler(),
		"any":       http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }),
		"hang":      http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
		"impostor": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { // that knows what others can know
			w.Header().Set(proofHeader, cfg.Hash())
			json.NewEncoder(w).Encode(State{PID: first.PID, Config: cfg.Hash()})
		}),
	} {
		squatter := httptest.NewServer(handler)
		state, _ := json.Marshal(place{strings.TrimPrefix(squatter.URL, "http://"), newSecret(), newSecret(), first.PID})
		if err := os.WriteFile(first.file, state, 0o600); err != nil {
			t.Fatal(err)
		}
		r := ensure(t, dir, cfg)
		if strings.Contains(r.URL(), squatter.URL) {
			t.Errorf("%s: another program is taken for the relay", name)
		}
		r.Stop(t.Context())
		waitGone(t, r.file)
		squatter.CloseClientConnections()
		squatter.Close()
	}
	for _, text := range []string{"", "{", `{"addr":"x","secret":"../","pid":1}`} {
		if err := os.WriteFile(first.file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		ensure(t, dir, cfg)
	}
}

func waitGone(t testing.TB, file string) {
	t.Helper()
	for range 400 {
		if _, err := os.Stat(file); err != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%s is still there", file)
}

func TestEnsureErrors(t *testing.T) {
	cfg := testConfig(chainOf(false, "off"))
	if _, err := Ensure(t.Context(), "", "x", cfg); err == nil || !strings.Contains(err.Error(), "no directory") {
		t.Error(err)
	}
	if _, err := Ensure(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "none"), cfg); err == nil {
		t.Error("a companion that is not there starts")
	}
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o666)
	if _, err := Ensure(t.Context(), file, "x", cfg); err == nil {
		t.Error("a file is a directory")
	}
}

// TestIdle wants a relay to live as long as there is a lease, and no longer.
func TestIdle(t *testing.T) {
	cfg := testConfig(chainOf(false, "off"))
	cfg.Idle = 300 * time.Millisecond
	r := ensure(t, t.TempDir(), cfg)
	release, err := r.Lease([]string{"/nowhere/go.sum"})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * cfg.Idle)
	if state, err := r.State(t.Context()); err != nil || state.Leases != 1 {
		t.Fatalf("%+v %v", state, err)
	}
	release()
	waitGone(t, r.file)
}

// TestSecrets wants passwords nowhere but in the relay's memory.
func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	cfg := testConfig(chainOf(false, "https://gopher:hunter2@127.0.0.1:1"))
	r := ensure(t, dir, cfg)
	resp, err := http.Get(r.URL() + "/example.com/a/@v/list")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	state, err := r.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	shown, _ := json.Marshal(state)
	files, _ := filepath.Glob(filepath.Join(stateDir(dir), "*"))
	for _, file := range files {
		data, _ := os.ReadFile(file)
		shown = append(shown, data...)
	}
	if data, err := os.ReadFile("/proc/" + "self/cmdline"); err == nil {
		shown = append(shown, data...)
	}
	if shown = append(shown, text...); bytes.Contains(shown, []byte("hunter2")) || !bytes.Contains(text, []byte("gopher:xxxxx@")) {
		t.Errorf("%s", shown)
	}
	if bytes.Contains(text, []byte(r.Secret)) {
		t.Errorf("%s", text)
	}
}

// TestKill kills the relay while a go command uses it, of a session and of a
// GOPROXY that names the proxy after the relay.
func TestKill(t *testing.T) {
	for _, session := range []bool{true, false} {
		upstream, good := startProxy(t, nil)
		upstream.Delay = 100 * time.Millisecond
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		dir, cfg := t.TempDir(), Config{Chain: chainOf(false, good), Env: []string{"HOME=/nowhere"}}
		r := ensure(t, dir, cfg)
		goproxy := r.URL() + "|" + good
		if session {
			s, err := Open(t.Context(), dir, self, cfg, nil, Log{})
			if err != nil || !s.Shared() {
				t.Fatal(err)
			}
			defer s.Close()
			goproxy = s.Variables()[0][1]
		}
		m := newProject(t, goproxy)
		cmd := m.cmd("build", "./...")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			if len(upstream.Requests()) > 1 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		kill(t, r)
		if err := cmd.Wait(); err != nil {
			t.Errorf("session %v: %v\n%s", session, err, &out)
		}
		m.run("mod", "verify")
	}
}

// TestRest has a relay that dies in the middle of a zip.
func TestRest(t *testing.T) {
	_, good := startProxy(t, nil)
	cfg := testConfig(chainOf(false, good))
	own := NewServer(cfg, newSecret())
	secret := newSecret()
	dying := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = strings.Replace(r.URL.Path, secret, own.secret, 1)
		proxytest.Truncate(w, r, own)
	}))
	defer dying.Close()
	s, err := Open(t.Context(), "", "", cfg, nil, Log{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Shared() {
		t.Fatal("there is a relay")
	}
	s.shared = newShared(&Running{place: place{Addr: strings.TrimPrefix(dying.URL, "http://"), Secret: secret, Proof: own.proof}}, func() {})
	m := newProject(t, s.URL())
	m.run("mod", "download")
	m.run("mod", "verify")
}
