package health

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/proxytest"
)

var wanted = module.Version{Path: "example.com/dep", Version: "v1.1.0"}

// now is the time of the tests.
var now = time.Date(2030, 1, 15, 12, 0, 0, 0, time.UTC)

// goodDir returns the directory of a proxy that has all.
func goodDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"example.com/dep/@v/list":          "v1.1.0\nv1.0.0\nv0.9.0-rc.1\n",
		"example.com/dep/@v/v1.1.0.info":   `{"Version":"v1.1.0"}`,
		"example.com/dep/@v/v1.1.0.mod":    "module example.com/dep\n",
		"example.com/dep/@v/v1.1.0.zip":    "PK\x03\x04…",
		"example.com/dep/@v/v1.0.0.zip":    "PK\x03\x04…",
		"example.com/dep/@latest":          `{"Version":"v1.1.0"}`,
		"sumdb/sum.golang.org/supported":   "",
		"golang.org/x/mod/@v/list":         "v0.17.0\n",
		"golang.org/x/mod/@v/v0.17.0.info": `{"Version":"v0.17.0"}`,
		"golang.org/x/mod/@v/v0.17.0.mod":  "module golang.org/x/mod\n",
		"golang.org/x/mod/@v/v0.17.0.zip":  "PK\x03\x04…",
		"golang.org/x/mod/@latest":         `{"Version":"v0.17.0"}`,
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// prober returns what asks the proxies with the URLs, of which GOPROXY consists.
func prober(urls ...string) *Prober {
	p := &Prober{
		Chain: &modroute.Chain{Sumdb: "sum.golang.org"}, Modules: []module.Version{wanted},
		Now: func() time.Time { return now }, Base: &http.Transport{},
	}
	for _, u := range urls {
		p.Chain.Proxies = append(p.Chain.Proxies, modroute.Source{URL: u})
	}
	return p
}

// A short is what the tests look at of a report.
type short struct {
	State  State
	Layer  Layer
	Fault  string
	Advice string // that is part of it
	Retry  int
	Go     modroute.Outcome // before a comma
}

func shortOf(r Report) short {
	return short{r.State, r.Layer, r.Fault, r.Advice, r.RetryAfter, r.Go.NotFound}
}

// wantShort compares, with an advice that need only contain the wanted text.
func wantShort(t *testing.T, want short, r Report) {
	t.Helper()
	got := shortOf(r)
	if want.Advice != "" && strings.Contains(got.Advice, want.Advice) {
		got.Advice = want.Advice
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestAnswers(t *testing.T) {
	dir := goodDir(t)
	text := func(status int, body string) proxytest.Fault {
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
			http.Error(w, body, status)
			return true
		}
	}
	hangUp := func(http.ResponseWriter, *http.Request, http.Handler) bool { panic(http.ErrAbortHandler) }
	const serverAdvice = "the fault is the server's"
	for name, tt := range map[string]struct {
		fault proxytest.Fault
		hangs bool
		want  short
		has   int
	}{
		"good":       {nil, false, short{State: Up, Go: modroute.Used}, 7},
		"compressed": {proxytest.Gzip, false, short{State: Up, Go: modroute.Used}, 7},
		"401":        {proxytest.Status(401, ""), false, short{Down, Auth, "401 Unauthorized", "go help goauth", 0, modroute.Stops}, 0},
		"403":        {text(403, "blocked by policy"), false, short{Down, Auth, "403 Forbidden: blocked by policy", "ask who runs it", 0, modroute.Stops}, 0},
		"407":        {proxytest.Status(407, ""), false, short{Down, Auth, "407 Proxy Authentication Required", "HTTPS_PROXY", 0, modroute.Stops}, 0},
		"429":        {proxytest.Status(429, "17"), false, short{Throttled, HTTP, "429 Too Many Requests", "wait", 17, modroute.Stops}, 0},
		"429 date":   {proxytest.Status(429, now.Add(time.Minute).Format(http.TimeFormat)), false, short{Throttled, HTTP, "429 Too Many Requests", "wait", 60, modroute.Stops}, 0},
		"429 zip":    {proxytest.Suffix("v1.1.0.zip", proxytest.Status(429, "3")), false, short{Throttled, HTTP, "429 Too Many Requests", "wait", 3, modroute.Stops}, 6},
		"500":        {text(500, "no space left on device\nat line 3"), false, short{Down, HTTP, "500 Internal Server Error: no space left on device", serverAdvice, 0, modroute.Stops}, 0},
		"502":        {proxytest.Status(502, ""), false, short{Down, HTTP, "502 Bad Gateway", serverAdvice, 0, modroute.Stops}, 0},
		"503":        {proxytest.Status(503, "5"), false, short{Down, HTTP, "503 Service Unavailable", serverAdvice, 5, modroute.Stops}, 0},
		"page":       {proxytest.HTML, false, short{Down, HTTP, "answers with a web page", "may want a login", 0, modroute.Stops}, 0},
		"hang":       {proxytest.Hang, true, short{Down, HTTP, "no answer within 1s", serverAdvice, 0, modroute.Hangs}, 0},
		"closed":     {hangUp, false, short{Down, HTTP, "the connection was closed without an answer", serverAdvice, 0, modroute.Stops}, 0},
		"truncated":  {proxytest.Truncate, false, short{Down, HTTP, "the connection was closed without an answer", serverAdvice, 0, modroute.Stops}, 0},
		"404":        {proxytest.Status(404, ""), false, short{Partial, Protocol, "has not the module example.com/dep", "check the path", 0, modroute.Next}, 0},
		"no latest":  {proxytest.Suffix("/@latest", proxytest.Status(410, "")), false, short{Partial, Protocol, "no @latest", "", 0, modroute.Used}, 6},
		"no zip":     {proxytest.Suffix(".zip", proxytest.Status(404, "")), false, short{Partial, Protocol, "no zip, no zip of the old v1.0.0", "", 0, modroute.Next}, 5},
		"no old zip": {proxytest.Suffix("v1.0.0.zip", proxytest.Status(404, "")), false, short{Partial, Protocol, "no zip of the old v1.0.0", "", 0, modroute.Used}, 6},
		"no sumdb":   {proxytest.Suffix("/supported", proxytest.Status(404, "")), false, short{Partial, Protocol, "no sumdb", "", 0, modroute.Used}, 6},
		"bad zip":    {proxytest.Suffix("v1.1.0.zip", proxytest.HTML), false, short{Partial, Protocol, "zip: not a zip file", "", 0, modroute.Stops}, 6},
		"bad info":   {proxytest.Suffix(".info", proxytest.HTML), false, short{Partial, Protocol, "info: a web page", "", 0, modroute.Stops}, 6},
		"zip hangs":  {proxytest.Suffix("v1.1.0.zip", proxytest.Hang), true, short{Partial, Protocol, "zip: no answer", "", 0, modroute.Hangs}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &proxytest.Server{Handler: proxytest.Dir(dir), Fault: tt.fault}
			s := server.Start()
			defer s.Close()
			p := prober(s.URL)
			if tt.hangs {
				p.Timeout = time.Second
			}
			r := p.Check(t.Context(), []string{s.URL})[0]
			wantShort(t, tt.want, r)
			if len(r.Has()) != tt.has {
				t.Errorf("it has %v, want %d parts", r.Has(), tt.has)
			}
			if !tt.hangs && tt.has == 0 && r.State != Partial && len(server.Requests()) != 1 {
				t.Errorf("after the failure it was asked on: %v", server.Requests())
			}
		})
	}
}

func TestRefused(t *testing.T) {
	s := httptest.NewServer(nil)
	s.Close()
	r := prober(s.URL).Check(t.Context(), []string{s.URL})[0]
	wantShort(t, short{Down, TCP, "refused", "check that the proxy runs", 0, modroute.Stops}, r)
}

// TestNames has a resolver that knows no name.
func TestNames(t *testing.T) {
	for host, advice := range map[string]string{
		"golang.orh":          `did you mean "golang.org"?`,
		"goproxi.example.com": `did you mean "goproxy.example.com"?`,
		"far.example.com":     "check the name in GOPROXY",
	} {
		proxy := "https://" + host
		p := prober(proxy, "https://goproxy.example.com")
		p.Hosts = []string{"golang.org", "github.com"}
		p.Base.DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
		}
		r := p.Check(t.Context(), []string{proxy})[0]
		wantShort(t, short{Down, DNS, "no host is named " + host, advice, 0, modroute.Stops}, r)
	}
}

// TestStrangeAddress has a name server that answers in the place of a host.
func TestStrangeAddress(t *testing.T) {
	for _, tt := range []struct{ addr, want string }{
		{"0.0.0.0", "goproxy.example.com resolves to 0.0.0.0, the address of no machine: a name server or the hosts file"},
		{"127.0.0.1", "resolves to 127.0.0.1, this machine"},
		{"10.1.2.3", "resolves to 10.1.2.3, a private address, though it is a public host"},
		{"192.0.2.1", "check that the proxy runs"},
	} {
		proxy := "https://goproxy.example.com"
		p := prober(proxy)
		p.Chain.Proxies[0].Default = true
		p.Base.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			trace := httptrace.ContextClientTrace(ctx)
			trace.DNSStart(httptrace.DNSStartInfo{Host: "goproxy.example.com"})
			trace.DNSDone(httptrace.DNSDoneInfo{Addrs: []net.IPAddr{{IP: net.ParseIP(tt.addr)}}})
			trace.ConnectStart("tcp", tt.addr+":443")
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		}
		r := p.Check(t.Context(), []string{proxy})[0]
		wantShort(t, short{Down, TCP, "refused", tt.want, 0, modroute.Stops}, r)
		if diff := cmp.Diff([]string{tt.addr}, r.Addresses); diff != "" {
			t.Error(diff)
		}
	}
}

// TestPrivate wants what only looks private to be told to no public proxy, and what
// is private to be asked for where it comes from; and what a refusal says.
func TestPrivate(t *testing.T) {
	dir := goodDir(t)
	fault := proxytest.Fault(nil)
	server := &proxytest.Server{Handler: proxytest.Dir(dir), Fault: func(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
		return fault != nil && fault(w, r, good)
	}}
	s := server.Start()
	defer s.Close()
	secret := module.Version{Path: "git.corp.example.com/secret", Version: "v1.0.0"}
	p := prober(s.URL)
	p.Chain.Proxies[0].Public, p.Chain.Proxies[0].Default = true, true
	p.Modules = []module.Version{secret, wanted}
	p.Check(t.Context(), []string{s.URL})
	if server.Count("secret") > 0 {
		t.Errorf("a name that looks private was told: %v", server.Requests())
	}
	p.Chain.Proxies[0].Public, p.Chain.Proxies[0].Default = false, false
	p.Chain.Private, p.Chain.NoSumdb = "git.corp.example.com", "git.corp.example.com"
	r := p.Check(t.Context(), []string{s.URL})[0]
	if server.Count("secret/@v/list") != 1 || r.State != Up || slices.Contains(r.Has(), PartPrivate) {
		t.Errorf("%+v, after %v", r, server.Requests())
	}
	if err := os.MkdirAll(filepath.Join(dir, "git.corp.example.com/secret/@v"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "git.corp.example.com/secret/@v/list"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if r = p.Check(t.Context(), []string{s.URL})[0]; !slices.Contains(r.Has(), PartPrivate) {
		t.Errorf("%+v", r)
	}

	p.Chain.Private, p.Chain.NoSumdb, p.Chain.Sumdb = "", "", "off"
	fault = proxytest.Status(403, "")
	r = p.Check(t.Context(), []string{s.URL})[0]
	wantShort(t, short{Down, Auth, "403 Forbidden", `if that is private, add "git.corp.example.com" to private`, 0, modroute.Stops}, r)
}

// TestAuthKinds wants the kinds of credentials that a proxy asks for or takes, and
// the end of a token.
func TestAuthKinds(t *testing.T) {
	good := proxytest.Dir(goodDir(t))
	s := newAuthority(t)
	server := s.start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer fresh" {
			w.Header().Add("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		good.ServeHTTP(w, r)
	}), &x509.Certificate{NotAfter: now.AddDate(0, 1, 0), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	token := "fresh"
	p := prober(server.URL)
	p.Base.TLSClientConfig = trusting(s)
	p.Authorize = func(_ context.Context, req *http.Request, resp *http.Response) bool {
		req.Header.Set("Authorization", "Bearer "+token)
		return resp == nil
	}
	r := p.Check(t.Context(), []string{server.URL})[0]
	if diff := cmp.Diff([]string{"bearer"}, r.Auth); diff != "" || r.State != Up {
		t.Errorf("%+v", r)
	}
	// {"exp":1893456000}: 2030-01-01, two weeks before.
	token = "e30.eyJleHAiOjE4OTM0NTYwMDB9.c2ln"
	r = p.Check(t.Context(), []string{server.URL})[0]
	wantShort(t, short{Down, Auth, "401 Unauthorized", "the token that was sent expired at 2030-01-01 00:00:00 UTC", 0, modroute.Stops}, r)
	if diff := cmp.Diff([]string{"basic"}, r.Auth); diff != "" {
		t.Error(diff)
	}
}

// TestConnectHangs has a network that drops packets.
func TestConnectHangs(t *testing.T) {
	proxies := []string{"https://a.example.com", "https://b.example.com", "https://c.example.com"}
	p := prober(proxies...)
	p.Timeout = 50 * time.Millisecond
	p.Base.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for _, r := range p.Check(t.Context(), proxies) {
		wantShort(t, short{Down, TCP, "no answer within 50ms", "no firewall", 0, modroute.Stops}, r)
	}
}

// TestHTTPProxy has an HTTP proxy on the way, which is not the module proxy.
func TestHTTPProxy(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(map[string]int{"login.example.com:443": 407, "gone.example.com:443": 502}[r.Host])
	}))
	defer s.Close()
	via, _ := url.Parse(s.URL)
	check := func(proxy string) Report {
		p := prober(proxy)
		p.Base.Proxy = http.ProxyURL(via)
		return p.Check(t.Context(), []string{proxy})[0]
	}
	wantShort(t, short{Down, Auth, "the HTTP proxy says 407 Proxy Authentication Required", "HTTPS_PROXY", 0, modroute.Stops}, check("https://login.example.com"))
	wantShort(t, short{Down, HTTP, "the HTTP proxy says 502 Bad Gateway", "HTTPS_PROXY", 0, modroute.Stops}, check("https://gone.example.com"))
	s.Close()
	wantShort(t, short{Down, TCP, "the HTTP proxy: refused", "HTTPS_PROXY", 0, modroute.Stops}, check("https://login.example.com"))
}

// An authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key}
	a.cert = a.sign(t, key, &x509.Certificate{
		Subject: pkix.Name{CommonName: "Test Authority"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	return a
}

func (a *authority) sign(t *testing.T, key *ecdsa.PrivateKey, template *x509.Certificate) *x509.Certificate {
	t.Helper()
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	parent := a.cert
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// start starts a server with a certificate of the authority.
func (a *authority) start(t *testing.T, h http.Handler, template *x509.Certificate) *httptest.Server {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.Subject = pkix.Name{CommonName: "server"}
	if template.NotBefore.IsZero() {
		template.NotBefore = now.AddDate(0, -6, 0)
	}
	cert := a.sign(t, key, template)
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}}
	s.Config.ErrorLog = silent
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestTLS(t *testing.T) {
	dir := goodDir(t)
	a, other := newAuthority(t), newAuthority(t)
	loopback := []net.IP{net.IPv4(127, 0, 0, 1)}
	day := 24 * time.Hour
	for name, tt := range map[string]struct {
		by   *authority
		cert x509.Certificate
		want short
		days string
	}{
		"good":      {a, x509.Certificate{IPAddresses: loopback, NotAfter: now.Add(100*day + time.Hour)}, short{State: Up, Go: modroute.Used}, "100"},
		"expiring":  {a, x509.Certificate{IPAddresses: loopback, NotAfter: now.Add(5*day + time.Hour)}, short{Up, "", "", "the certificate expires in 5 days", 0, modroute.Used}, "5"},
		"authority": {a, x509.Certificate{IPAddresses: loopback, NotAfter: now.AddDate(9, 0, 0)}, short{State: Up, Go: modroute.Used}, "365"},
		"expired":   {a, x509.Certificate{IPAddresses: loopback, NotAfter: now.Add(-3*day - time.Hour)}, short{Down, TLS, "certificate expired 3 days ago", "renewed", 0, modroute.Stops}, "-3"},
		"too early": {a, x509.Certificate{IPAddresses: loopback, NotBefore: now.Add(day), NotAfter: now.Add(9 * day)}, short{Down, TLS, "certificate is not valid before 2030-01-16", "check the clock", 0, modroute.Stops}, ""},
		"name":      {a, x509.Certificate{DNSNames: []string{"a.example.com", "b.example.com"}, NotAfter: now.Add(day)}, short{Down, TLS, "certificate is not for 127.0.0.1", "a.example.com, b.example.com", 0, modroute.Stops}, ""},
		"unknown":   {other, x509.Certificate{IPAddresses: loopback, NotAfter: now.Add(day)}, short{Down, TLS, "certificate is signed by an unknown authority, Test Authority", "SSL_CERT_FILE", 0, modroute.Stops}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.by.start(t, proxytest.Dir(dir), &tt.cert)
			p := prober(s.URL)
			p.TLS = func(string) (*tls.Config, error) {
				pool := x509.NewCertPool()
				pool.AddCert(a.cert)
				return &tls.Config{RootCAs: pool}, nil
			}
			r := p.Check(t.Context(), []string{s.URL})[0]
			wantShort(t, tt.want, r)
			days := ""
			if r.TLSDays != nil {
				days = big.NewInt(int64(*r.TLSDays)).String()
			}
			if days != tt.days {
				t.Errorf("%s days, want %s", days, tt.days)
			}
		})
	}

	t.Run("plain", func(t *testing.T) {
		s := httptest.NewServer(proxytest.Dir(dir))
		defer s.Close()
		proxy := strings.Replace(s.URL, "http:", "https:", 1)
		r := prober(proxy).Check(t.Context(), []string{proxy})[0]
		wantShort(t, short{Down, TLS, "server gave HTTP response to HTTPS client", "talks https", 0, modroute.Stops}, r)
	})

	t.Run("redirect", func(t *testing.T) {
		plain := httptest.NewServer(proxytest.Dir(dir))
		defer plain.Close()
		s := a.start(t, http.RedirectHandler(plain.URL, http.StatusFound), &x509.Certificate{IPAddresses: loopback, NotAfter: now.Add(99 * day)})
		p := prober(s.URL)
		p.TLS = func(string) (*tls.Config, error) { return trusting(a), nil }
		r := p.Check(t.Context(), []string{s.URL})[0]
		wantShort(t, short{Down, HTTP, "leads from https to " + plain.URL + ", where the go command does not follow", "name the address", 0, modroute.Stops}, r)
		if diff := cmp.Diff([]string{plain.URL}, r.Redirects); diff != "" {
			t.Error(diff)
		}
	})
}

func trusting(a *authority) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &tls.Config{RootCAs: pool}
}

// TestRedirect follows one that the go command follows, to a host that must not
// see the credentials.
func TestRedirect(t *testing.T) {
	a := newAuthority(t)
	loopback := x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: now.AddDate(0, 3, 0)}
	seen := make(chan string, 20)
	good := proxytest.Dir(goodDir(t))
	first, second := loopback, loopback
	end := a.start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("X-Token")
		good.ServeHTTP(w, r)
	}), &second)
	s := a.start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Token") != "t0ken" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		http.Redirect(w, r, end.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}), &first)
	p := prober(s.URL)
	p.TLS = func(string) (*tls.Config, error) { return trusting(a), nil }
	p.Authorize = func(_ context.Context, req *http.Request, resp *http.Response) bool {
		if resp == nil {
			return false
		}
		req.Header.Set("X-Token", "t0ken")
		return true
	}
	r := p.Check(t.Context(), []string{s.URL})[0]
	wantShort(t, short{State: Up, Go: modroute.Used}, r)
	if diff := cmp.Diff([]string{end.URL + "/example.com/dep/@v/list"}, r.Redirects); diff != "" {
		t.Error(diff)
	}
	close(seen)
	for token := range seen {
		if token != "" {
			t.Errorf("the other host saw %q", token)
		}
	}
}

// TestRedirectToFile has a proxy that leads to a file of this machine, where
// the go command does not follow.
func TestRedirectToFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(file, []byte("v1.0.0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.RedirectHandler("file://"+filepath.ToSlash(file), http.StatusFound))
	defer s.Close()
	r := prober(s.URL).Check(t.Context(), []string{s.URL})[0]
	if r.State != Down || !strings.Contains(r.Fault, "leads from http to file://") || len(r.Has()) > 0 {
		t.Errorf("%+v", r)
	}
}

func TestPassword(t *testing.T) {
	proxy := "http://user:secret@127.0.0.1:1"
	r := prober(proxy).Check(t.Context(), []string{proxy})[0]
	wantShort(t, short{Down, Auth, "the go command sends no password over http", "https", 0, modroute.Stops}, r)
	if r.Proxy != "http://127.0.0.1:1" {
		t.Error(r.Proxy)
	}
}

func TestFile(t *testing.T) {
	proxy := "file://" + filepath.ToSlash(goodDir(t))
	if !strings.HasPrefix(proxy, "file:///") { // C:/…
		proxy = "file:///" + strings.TrimPrefix(proxy, "file://")
	}
	r := prober(proxy).Check(t.Context(), []string{proxy})[0]
	wantShort(t, short{State: Up, Go: modroute.Used}, r)
	r = prober(proxy).Check(t.Context(), []string{proxy + "/nothere"})[0]
	wantShort(t, short{Down, Protocol, "there is no such directory", "check the path", 0, modroute.Next}, r)
}
