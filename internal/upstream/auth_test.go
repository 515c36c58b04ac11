package upstream

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
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
		"printf '" + s.URL + "\\n\\nX-Token: t0ken\\n\\n'\n"
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
	c.creds.stored = map[string]http.Header{strings.TrimPrefix(first.URL, "https://"): {"X-Token": {"t0ken"}, "Authorization": {"secret"}}}
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
