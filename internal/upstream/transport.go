package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goshim/goshim/internal/filestate"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/textfile"
)

// A transport has a connection pool for each host with an [Auth], and one for
// all others. It looks at each request, so redirects find the right one.
type transport struct {
	other  *pool
	byHost map[string]*pool
}

func newTransport(cfg Config) *transport {
	roots := newRoots()
	t := &transport{other: &pool{cfg: cfg, roots: roots}, byHost: make(map[string]*pool)}
	for _, a := range cfg.Auth {
		t.byHost[a.Host] = &pool{cfg: cfg, roots: roots, auth: &a}
	}
	return t
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	now, err := t.of(req.URL).now()
	if err != nil {
		return nil, err
	}
	return now.RoundTrip(req)
}

// of returns the pool for a URL.
func (t *transport) of(u *url.URL) *pool {
	for _, host := range []string{u.Host, u.Hostname()} {
		if own := t.byHost[host]; own != nil && u.Scheme == "https" {
			return own
		}
	}
	return t.other
}

// CloseIdleConnections is called by [http.Client.CloseIdleConnections].
func (t *transport) CloseIdleConnections() {
	t.other.close()
	for _, own := range t.byHost {
		own.close()
	}
}

// roots are the system's certificate authorities.
type roots struct {
	list  rootList
	first string // the state of their files when the process could have read them
}

func newRoots() *roots {
	r := &roots{list: systemRoots()}
	r.first = r.state()
	return r
}

func (r *roots) state() string {
	text, _ := filestate.Of(r.list.paths(), time.Now())
	return text
}

// pool returns the authorities now, or nil if they are what crypto/x509 has.
func (r *roots) pool() *x509.CertPool {
	if r.state() == r.first {
		return nil
	}
	return r.list.read()
}

// A pool keeps connections to hosts, as long as the files are unchanged that say
// who vouches for them and what is presented to them.
type pool struct {
	cfg   Config
	roots *roots
	auth  *Auth // nil: none

	mu    sync.Mutex
	state string
	made  *http.Transport
	err   error
}

// now returns the transport for a request that is made now.
func (p *pool) now() (*http.Transport, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	state := p.roots.state() + p.auth.state()
	if state == p.state && (p.made != nil || p.err != nil) {
		return p.made, p.err
	}
	old := p.made
	p.state, p.made, p.err = state, nil, nil
	if conf, err := p.auth.tls(p.roots); err != nil {
		p.err = finalError{err}
	} else {
		p.made = newPool(p.cfg, conf)
	}
	if old != nil {
		old.CloseIdleConnections()
	}
	return p.made, p.err
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.made != nil {
		p.made.CloseIdleConnections()
	}
}

// newPool returns a transport that keeps as many connections as a warm uses: the
// go command keeps two a host. Bodies come as they are, so that their length
// can be checked and the rest of one can be asked for. HTTPS_PROXY and its kin are those of this process.
func newPool(cfg Config, conf *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: connectAnswer,
		TLSClientConfig:        conf,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: cfg.Timeout, PingTimeout: cfg.Timeout},
	}
}

// connectAnswer reports that an HTTP proxy refuses to connect, which another
// attempt does not change.
func connectAnswer(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode < http.StatusBadRequest || resp.StatusCode >= http.StatusInternalServerError {
		return nil // net/http reports it
	}
	return finalError{fmt.Errorf("the HTTP proxy %s: %d %s", proxy.Redacted(), resp.StatusCode, http.StatusText(resp.StatusCode))}
}

// state changes when a file does. It is "" for no Auth.
func (a *Auth) state() string {
	if a == nil {
		return ""
	}
	files := slices.DeleteFunc([]string{a.CA, a.Cert, a.Key}, func(file string) bool { return file == "" })
	text, _ := filestate.Of(files, time.Now())
	return text
}

// tls returns the configuration of connections to the host.
func (a *Auth) tls(system *roots) (*tls.Config, error) {
	conf := &tls.Config{RootCAs: system.pool()}
	if a == nil {
		return conf, nil
	}
	if a.CA != "" {
		pem, err := textfile.Read(a.CA, textfile.Max)
		if err != nil {
			return nil, err
		}
		if conf.RootCAs == nil {
			if conf.RootCAs, err = x509.SystemCertPool(); err != nil {
				conf.RootCAs = x509.NewCertPool()
			}
		}
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", a.CA)
		}
	}
	if a.Cert != "" {
		conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			cert, err := tls.LoadX509KeyPair(a.Cert, a.Key)
			if err != nil {
				return nil, finalError{fmt.Errorf("reading the client certificate: %w", err)}
			}
			return &cert, nil
		}
	}
	return conf, nil
}

// keptHeaders are those that follow a redirect to another host. What else a
// request has is a credential, which that host must not see.
var keptHeaders = []string{"X-Request-Id", "Range", "If-Range", "User-Agent", "Accept", "Accept-Encoding"}

// checkRedirect follows redirects as cmd/go/internal/web does: never from https
// to http. The name of a private module is not taken to a proxy that the chain has
// for others, where a company's proxy may send what it does not have.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return finalError{fmt.Errorf("it redirects to http, to %s", req.URL.Host)}
	}
	strangers, _ := req.Context().Value(strangersKey{}).([]modroute.Source)
	isStranger := func(s modroute.Source) bool { u, err := url.Parse(s.URL); return err == nil && sameHost(u, req.URL) }
	if !sameHost(via[0].URL, req.URL) && slices.ContainsFunc(strangers, isStranger) {
		return finalError{fmt.Errorf("it redirects to %s, which must not know the names of private modules", req.URL.Host)}
	}
	if len(via) >= 10 {
		return finalError{errors.New("it redirects more than 10 times")}
	}
	if req.URL.Host != via[0].URL.Host {
		kept := http.Header{}
		for _, name := range keptHeaders {
			if v := req.Header[name]; v != nil {
				kept[name] = v
			}
		}
		req.Header = kept
	}
	return nil
}

// sameHost reports whether two URLs lead to one host and port, those of http and
// https taken for the same.
func sameHost(a, b *url.URL) bool {
	port := func(u *url.URL) string {
		if p := u.Port(); p != "80" && p != "443" {
			return p
		}
		return ""
	}
	return strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
