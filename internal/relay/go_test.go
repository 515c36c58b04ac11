package relay

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/proxytest"
	"github.com/goshim/goshim/internal/upstream"
)

// TestGoFaults has a real go download past every bad proxy, one by one and all
// in one list.
func TestGoFaults(t *testing.T) {
	at := func(f proxytest.Fault) string { _, u := startProxy(t, f); return u }
	gone := httptest.NewServer(nil)
	gone.Close()
	faults := []struct{ name, url, says string }{
		{"403", at(proxytest.Status(403, "")), "403 Forbidden"},
		{"429", at(proxytest.Status(429, "1")), "429 Too Many Requests"},
		{"500", at(proxytest.Status(500, "")), "500 Internal Server Error"},
		{"502", at(proxytest.Status(502, "")), "502 Bad Gateway"},
		{"503", at(proxytest.Status(503, "")), "503 Service Unavailable"},
		{"refused", gone.URL, "refused"},
		{"unknown host", "http://goproxy.invalid", "goproxy.invalid"},
		{"hang", at(proxytest.Hang), "no answer for"},
		{"truncated", at(proxytest.Suffix(".zip", proxytest.Truncate)), "EOF"},
		{"html", at(proxytest.HTML), "an HTML page"},
		{"wrong zip", at(proxytest.Suffix("a/@v/v1.0.0.zip", proxytest.Replace(otherZip(t)))), "checksum mismatch"},
	}
	_, good := startProxy(t, nil)
	var all []string
	for _, f := range faults {
		all = append(all, f.url)
		t.Run(f.name, func(t *testing.T) {
			s, relay := serve(t, testConfig(chainOf(true, f.url, good)))
			m := newProject(t, relay)
			s.sums.add([]string{filepath.Join(m.dir, "go.sum")})
			m.run("mod", "download")
			m.run("build", "./...")

			s, relay = serve(t, testConfig(chainOf(false, f.url, good)))
			m = newProject(t, relay)
			s.sums.add([]string{filepath.Join(m.dir, "go.sum")})
			if out := m.fail("mod", "download"); !strings.Contains(out, f.says) || !strings.Contains(out, "goshim relay") {
				t.Errorf("go does not say why: %s", out)
			}
		})
	}
	s, relay := serve(t, testConfig(chainOf(true, append(all, good)...)))
	m := newProject(t, relay)
	s.sums.add([]string{filepath.Join(m.dir, "go.sum")})
	m.run("mod", "download")
	m.run("mod", "verify")
}

// TestGoPrivate has a go that asks for a private module. The public proxy hears
// nothing of it, whether its own proxy has it or not.
func TestGoPrivate(t *testing.T) {
	for _, fault := range []proxytest.Fault{nil, proxytest.Status(404, ""), proxytest.Status(500, ""), proxytest.Hang} {
		public, publicURL := startProxy(t, nil)
		_, inside := startProxy(t, fault)
		chain := chainOf(true, publicURL)
		chain.Private = "example.com/private"
		chain.Routes = []modroute.Route{{Pattern: "example.com/private", Sources: []modroute.Source{{URL: inside, AnyError: true}}}}
		s, err := Open(t.Context(), "", "", testConfig(chain), nil, Log{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		m := newProject(t, s.URL())
		if fault == nil {
			m.run("get", "example.com/private")
		} else {
			m.fail("get", "example.com/private")
		}
		m.run("mod", "download", "example.com/a")
		if n := public.Count("private"); n > 0 {
			t.Errorf("the public proxy was asked %d times", n)
		}
		if n := public.Count("example.com/a"); n == 0 {
			t.Error("the public proxy was not asked at all")
		}
	}
}

// certificates makes an authority and two certificates of it, as files in dir.
func certificates(t testing.TB) (ca *x509.CertPool, dir string) {
	t.Helper()
	dir = t.TempDir()
	write := func(name, kind string, der []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var root *x509.Certificate
	var rootKey *ecdsa.PrivateKey
	for i, name := range []string{"ca", "server", "client"} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			DNSNames: []string{"localhost"}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
			IsCA:        i == 0, BasicConstraintsValid: true,
		}
		if i == 0 {
			root, rootKey = template, key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, root, &key.PublicKey, rootKey)
		if err != nil {
			t.Fatal(err)
		}
		keyDER, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		write(name+".pem", "CERTIFICATE", der)
		write(name+".key", "EC PRIVATE KEY", keyDER)
	}
	pem, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	ca = x509.NewCertPool()
	ca.AppendCertsFromPEM(pem)
	return ca, dir
}

// startTLS starts a proxy at https://localhost:port, with the certificate of
// the directory and perhaps one that clients must have.
func startTLS(t testing.TB, h http.Handler, dir string, clients *x509.CertPool) (url, host string) {
	t.Helper()
	cert, err := tls.LoadX509KeyPair(filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(h)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = silent
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	if clients != nil {
		server.TLS.ClientAuth, server.TLS.ClientCAs = tls.RequireAndVerifyClientCert, clients
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	return url, strings.TrimPrefix(url, "https://")
}

// TestGoClientCertificate has a go download from a proxy that wants a client
// certificate, which go itself cannot have.
func TestGoClientCertificate(t *testing.T) {
	ca, dir := certificates(t)
	_, otherDir := certificates(t)
	var protocol atomic.Value
	good := goodHandler(t)
	url, host := startTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocol.Store(r.Proto)
		good.ServeHTTP(w, r)
	}), dir, ca)
	in := func(dir, name string) string { return filepath.Join(dir, name) }
	for _, tt := range []struct {
		name string
		auth upstream.Auth
		err  string // where the server refuses, HTTP/2 does not always tell why
	}{
		{"right", upstream.Auth{CA: in(dir, "ca.pem"), Cert: in(dir, "client.pem"), Key: in(dir, "client.key")}, ""},
		{"none", upstream.Auth{CA: in(dir, "ca.pem")}, "https://localhost:"},
		{"another's", upstream.Auth{CA: in(dir, "ca.pem"), Cert: in(otherDir, "client.pem"), Key: in(otherDir, "client.key")}, "https://localhost:"},
		{"other authority", upstream.Auth{CA: in(otherDir, "ca.pem"), Cert: in(dir, "client.pem"), Key: in(dir, "client.key")}, "failed to verify certificate"},
		{"missing file", upstream.Auth{CA: in(dir, "ca.pem"), Cert: in(dir, "no.pem"), Key: in(dir, "client.key")}, "reading the client certificate"},
		{"missing authority", upstream.Auth{CA: in(dir, "no.pem")}, "no.pem"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.auth.Host = host
			cfg := testConfig(chainOf(false, url))
			cfg.Timeout, cfg.Auth = 5*time.Second, []upstream.Auth{tt.auth}
			_, relay := serve(t, cfg)
			m := newProject(t, relay)
			if tt.err != "" {
				if out := m.fail("mod", "download"); !strings.Contains(out, tt.err) {
					t.Errorf("go does not say why: %s", out)
				}
				return
			}
			m.run("mod", "download")
			m.run("build", "./...")
			if p := protocol.Load(); p != "HTTP/2.0" {
				t.Errorf("it was asked by %s", p)
			}
		})
	}
}

// TestGoNetrc has a go download from a proxy with a password.
func TestGoNetrc(t *testing.T) {
	_, dir := certificates(t)
	good := goodHandler(t)
	url, host := startTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "gopher" || password != "hunter2" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		good.ServeHTTP(w, r)
	}), dir, nil)
	netrc := filepath.Join(t.TempDir(), "netrc")
	cfg := testConfig(chainOf(false, url))
	cfg.Timeout, cfg.Auth = 5*time.Second, []upstream.Auth{{Host: host, CA: filepath.Join(dir, "ca.pem")}}
	for _, tt := range []struct{ text, err string }{
		{"machine " + host + " login gopher password hunter2\n", ""},
		{"machine " + host + " login gopher password wrong\n", "401 Unauthorized: who are you?"},
	} {
		if err := os.WriteFile(netrc, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("NETRC", netrc)
		_, relay := serve(t, cfg)
		m := newProject(t, relay)
		if tt.err == "" {
			m.run("mod", "download")
		} else if out := m.fail("mod", "download"); !strings.Contains(out, tt.err) {
			t.Errorf("go does not say why: %s", out)
		}
	}
}

// TestGoQuestions has a real go look for modules of packages, where the first
// proxy fails and the second one says of longer paths that they are no modules.
// The go command asks each proxy its whole question: it must find them as it does
// without a relay.
func TestGoQuestions(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	at := func(f proxytest.Fault) string { _, u := startProxy(t, f); return u }
	_, good := startProxy(t, nil)
	all := []string{"get example.com/tree/leaf", "install -n example.com/tree/cmd/hello@latest", "run -n example.com/tree/cmd/hello@v1", "mod tidy"}
	for _, tt := range []struct {
		name, dead string
		commands   []string
	}{
		{"refused", gone.URL, all},
		{"503", at(proxytest.Status(503, "")), all[:1]},
		{"hang", at(proxytest.Hang), all[:1]},
		{"403", at(proxytest.Status(403, "")), all[3:]},
		{"500", at(proxytest.Status(500, "")), all[:1]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			chain := chainOf(true, tt.dead, good)
			routed := chainOf(true, gone.URL)
			routed.Routes = []modroute.Route{{Pattern: "example.com/*", Sources: chain.Proxies}}
			for _, chain := range []*modroute.Chain{chain, routed} {
				cfg := testConfig(chain)
				cfg.Timeout = time.Second / 2
				_, relay := serve(t, cfg)
				goproxy, _ := Variables(relay, chain)
				for _, command := range tt.commands {
					m := newProject(t, goproxy)
					if err := os.WriteFile(filepath.Join(m.dir, "m.go"), []byte("package m\n\nimport _ \"example.com/tree/leaf\"\n"), 0o666); err != nil {
						t.Fatal(err)
					}
					m.run(strings.Fields(command)...)
				}
			}
		})
	}
}
