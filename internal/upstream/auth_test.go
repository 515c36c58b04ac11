package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/proxytest"
)

// caOf returns the Auth by which a test server is believed.
func caOf(t testing.TB, s *httptest.Server) Auth {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return Auth{Host: strings.TrimPrefix(s.URL, "https://"), CA: file}
}

// wantHeader serves dir to those who send the header.
func wantHeader(t testing.TB, name, value string) *httptest.Server {
	t.Helper()
	good := proxytest.Dir(goodDir(t))
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(name) != value {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		good.ServeHTTP(w, r)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

const basicUser = "Basic dXNlcjpzZWNyZXQ=" // user:secret

func TestNetrc(t *testing.T) {
	s := wantHeader(t, "Authorization", basicUser)
	home := t.TempDir()
	host := strings.TrimPrefix(s.URL, "https://")
	netrc := "machine other.example.com login x password y\nmachine " + host + " login user password secret\n"
	if err := os.WriteFile(filepath.Join(home, "netrc"), []byte(netrc), 0o600); err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) string { return map[string]string{"NETRC": filepath.Join(home, "netrc")}[name] }
	for goauth, ok := range map[string]bool{"": true, "netrc": true, "off": false} {
		c, _ := testClient(t, Config{Auth: []Auth{caOf(t, s)}, GOAUTH: goauth, Getenv: getenv})
		_, err := c.Fetch(t.Context(), chainOf(false, s.URL), Request{Module: modPath, File: modURL})
		if (err == nil) != ok {
			t.Errorf("GOAUTH=%s: %v", goauth, err)
		}
	}
}

// TestPasswordBeforeNetrc has an old line in netrc for a proxy with a password in
// its URL, which net/http sends for the go command.
func TestPasswordBeforeNetrc(t *testing.T) {
	s := wantHeader(t, "Authorization", basicUser)
	netrc := filepath.Join(t.TempDir(), "netrc")
	writeFile(t, netrc, "machine "+strings.TrimPrefix(s.URL, "https://")+" login user password old\n")
	c, _ := testClient(t, Config{Auth: []Auth{caOf(t, s)}, Getenv: func(string) string { return netrc }})
	with := strings.Replace(s.URL, "://", "://user:secret@", 1)
	if _, err := c.Fetch(t.Context(), chainOf(false, with), Request{Module: modPath, File: modURL}); err != nil {
		t.Error(err)
	}
}

func TestPasswordInURL(t *testing.T) {
	s := wantHeader(t, "Authorization", basicUser)
	c, _ := testClient(t, Config{Auth: []Auth{caOf(t, s)}})
	with := strings.Replace(s.URL, "://", "://user:secret@", 1)
	if _, err := c.Fetch(t.Context(), chainOf(false, with), Request{Module: modPath, File: modURL}); err != nil {
		t.Error(err)
	}
	for _, url := range []string{
		"http://user:secret@goproxy.example.com", strings.Replace(with, "secret", "secret2", 1), "https://user:secret@127.0.0.1:1",
		"http://user:secret@[broken",
	} {
		_, err := c.Fetch(t.Context(), chainOf(true, url), Request{Module: modPath, File: modURL})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestAuthCommand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the command is a shell script")
	}
	s := wantHeader(t, "X-Token", "t0ken")
	dir := t.TempDir()
	script := filepath.Join(dir, "auth")
	// It knows nothing before it is asked about a URL, and sees the answer.
	text := "#!/bin/sh\necho \"$1\" >>" + dir + "/log\n[ -z \"$1\" ] && exit\ngrep -q '401 Unauthorized' || exit 1\n" +
		"printf '" + s.URL + "\\n\\nX-Token: t0ken\\n\\n'\nsleep 600 & echo $! >" + dir + "/left\n" // which holds its output
	defer func() {
		left, _ := os.ReadFile(filepath.Join(dir, "left"))
		if pid, err := strconv.Atoi(strings.TrimSpace(string(left))); err == nil {
			if p, err := os.FindProcess(pid); err == nil {
				p.Kill()
			}
		}
	}()
	if err := os.WriteFile(script, []byte(text), 0o777); err != nil {
		t.Fatal(err)
	}
	c, _ := testClient(t, Config{Auth: []Auth{caOf(t, s)}, GOAUTH: "netrc; " + script})
	for range 3 {
		if _, err := c.Fetch(t.Context(), chainOf(false, s.URL), Request{Module: modPath, File: modURL}); err != nil {
			t.Fatal(err)
		}
	}
	log, _ := os.ReadFile(filepath.Join(dir, "log"))
	if want := "\n" + s.URL + "/" + modURL + "\n"; string(log) != want {
		t.Errorf("the command was run with %q, want %q", log, want)
	}
}

// TestRedirectCredentials follows a redirect to another host, which must not
// see what the first was told.
func TestRedirectCredentials(t *testing.T) {
	var seen http.Header
	good := proxytest.Dir(goodDir(t))
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		good.ServeHTTP(w, r)
	}))
	defer other.Close()
	first := httptest.NewTLSServer(http.RedirectHandler(other.URL+"/"+modURL, http.StatusFound))
	defer first.Close()
	c, _ := testClient(t, Config{Auth: []Auth{caOf(t, first), caOf(t, other)}})
	c.creds.once.Do(func() {})
	c.creds.stored = map[string]credential{strings.TrimPrefix(first.URL, "https://"): {header: http.Header{"X-Token": {"t0ken"}, "Authorization": {"secret"}}}}
	if _, err := c.Fetch(t.Context(), chainOf(false, first.URL), Request{Module: modPath, File: modURL}); err != nil {
		t.Fatal(err)
	}
	if seen.Get("X-Token") != "" || seen.Get("Authorization") != "" || seen.Get("X-Request-ID") == "" {
		t.Errorf("it saw %v", seen)
	}
}

func TestParseNetrc(t *testing.T) {
	got := parseNetrc(`machine a.example.com login u password p # comment
macdef init
machine no.example.com login no password no

machine b.example.com
  login v
  password q
default login anonymous password x
machine late.example.com login l password m
`)
	want := []netrcLine{{"a.example.com", "u", "p"}, {"b.example.com", "v", "q"}}
	if diff := cmp.Diff(want, got[:2], cmp.AllowUnexported(netrcLine{})); diff != "" {
		t.Error(diff)
	}
}

func FuzzParseCommand(f *testing.F) {
	f.Add("https://a.example.com\n\nAuthorization: Basic x\n\n")
	f.Add("https://a.example.com\nhttps://b.example.com/x\n\n\n")
	f.Add("\n\n")
	f.Fuzz(func(t *testing.T, data string) {
		found, err := parseCommand(data)
		if err != nil && found != nil {
			t.Error("an error and credentials")
		}
		for _, h := range found {
			for name, values := range h {
				if strings.ContainsAny(name+strings.Join(values, ""), "\r\n") {
					t.Errorf("header %q: %q", name, values)
				}
			}
		}
	})
}

func writeFile(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestMended has a client that lives on while the user mends a file.
func TestMended(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	s := wantHeader(t, "Authorization", basicUser)
	other := httptest.NewUnstartedServer(proxytest.Dir(goodDir(t)))
	other.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, Certificates: nil}
	other.StartTLS()
	t.Cleanup(other.Close)
	read := func(name string) string {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	host := strings.TrimPrefix(s.URL, "https://")
	ca, netrc := read(caOf(t, s).CA), "machine "+host+" login user password secret\n"
	keyPEM := func(server *httptest.Server) string {
		key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	}
	for _, tt := range []struct {
		name           string
		server         *httptest.Server
		auth           []Auth
		file, bad, now string
	}{
		{"netrc", s, []Auth{{Host: host, CA: in("ca.pem")}}, "netrc", "machine " + host + " login user password old\n", netrc},
		{"netrc that is missing", s, []Auth{{Host: host, CA: in("ca.pem")}}, "netrc", "", netrc},
		{"authority", s, []Auth{{Host: host, CA: in("ca.pem")}}, "ca.pem", strings.Replace(ca, "MII", "MIX", 1), ca},
		{"authority of the system", s, nil, "system.pem", "", ca},
		{"key", other, []Auth{{Host: strings.TrimPrefix(other.URL, "https://"), CA: in("ca.pem"), Cert: in("ca.pem"), Key: in("key.pem")}}, "key.pem", "", keyPEM(other)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("SSL_CERT_FILE", in("system.pem"))
			t.Setenv("SSL_CERT_DIR", dir+"/none")
			for name, text := range map[string]string{"netrc": netrc, "ca.pem": ca, "system.pem": "", "key.pem": keyPEM(other), tt.file: tt.bad} {
				writeFile(t, in(name), text)
			}
			if tt.bad == "" {
				os.Remove(in(tt.file))
			}
			if tt.auth == nil && len(systemRoots().files) == 0 {
				t.Skip("this system keeps its authorities itself")
			}
			c, _ := testClient(t, Config{Auth: tt.auth, Retries: -1, Getenv: func(name string) string { return map[string]string{"NETRC": in("netrc")}[name] }})
			fetch := func() error {
				_, err := c.Fetch(t.Context(), chainOf(false, tt.server.URL), Request{Module: modPath, File: modURL})
				return err
			}
			if err := fetch(); err == nil {
				t.Error("it succeeds before")
			}
			writeFile(t, in(tt.file), tt.now)
			if err := fetch(); err != nil {
				t.Errorf("mended: %v", err)
			}
			writeFile(t, in(tt.file), "bad again")
			if err := fetch(); err == nil {
				t.Error("it succeeds with what is no longer there")
			}
		})
	}
}

// TestConnect has an HTTP proxy that wants a login, which asking again does not
// change.
func TestConnect(t *testing.T) {
	asked := 0
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		http.Error(w, "who are you?", http.StatusProxyAuthRequired)
	}))
	defer between.Close()
	c, _ := testClient(t, Config{})
	proxy, err := url.Parse(between.URL)
	if err != nil {
		t.Fatal(err)
	}
	now, err := c.transport.other.now()
	if err != nil {
		t.Fatal(err)
	}
	now.Proxy = http.ProxyURL(proxy) // that of the environment is read once in a process
	_, err = c.Fetch(t.Context(), chainOf(false, "https://goproxy.example.com"), Request{Module: modPath, File: modURL})
	if err == nil || !strings.Contains(err.Error(), "the HTTP proxy "+between.URL+": 407 Proxy Authentication Required") || asked != 1 {
		t.Errorf("asked %d times: %v", asked, err)
	}
}
