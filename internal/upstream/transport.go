package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goshim/goshim/internal/modroute"
)

// A transport has a connection pool for each host with an [Auth], and one for
// all others. It looks at each request, so redirects find the right one.
type transport struct {
	other  *http.Transport
	byHost map[string]func() (*http.Transport, error)
}

func newTransport(cfg Config) *transport {
	t := &transport{other: pool(cfg, nil), byHost: make(map[string]func() (*http.Transport, error))}
	for _, a := range cfg.Auth {
		t.byHost[a.Host] = sync.OnceValues(func() (*http.Transport, error) {
			conf, err := a.tls()
			if err != nil {
				return nil, finalError{err}
			}
			return pool(cfg, conf), nil
		})
	}
	return t
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	for _, host := range []string{req.URL.Host, req.URL.Hostname()} {
		if own := t.byHost[host]; own != nil && req.URL.Scheme == "https" {
			pool, err := own()
			if err != nil {
				return nil, err
			}
			return pool.RoundTrip(req)
		}
	}
	return t.other.RoundTrip(req)
}

// CloseIdleConnections is called by [http.Client.CloseIdleConnections].
func (t *transport) CloseIdleConnections() {
	t.other.CloseIdleConnections()
	for _, own := range t.byHost {
		if pool, err := own(); err == nil {
			pool.CloseIdleConnections()
		}
	}
}

// pool returns a transport that keeps as many connections as a warm uses: the
// go command keeps two a host. Bodies come as they are, so that their length
// can be checked and the rest of one can be asked for. HTTPS_PROXY and its kin are those of this process.
func pool(cfg Config, conf *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     conf,
		ForceAttemptHTTP2:   true,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     90 * time.Second,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: cfg.Timeout, PingTimeout: cfg.Timeout},
	}
}

// tls returns the configuration of connections to the host.
func (a Auth) tls() (*tls.Config, error) {
	conf := new(tls.Config)
	if a.CA != "" {
		pem, err := os.ReadFile(a.CA)
		if err != nil {
			return nil, err
		}
		if conf.RootCAs, err = x509.SystemCertPool(); err != nil {
			conf.RootCAs = x509.NewCertPool()
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
