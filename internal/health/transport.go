package health

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"sync"
)

// A transport is what one probe is made with: new, so that each layer is gone
// through, with connections for each host of their own.
type transport struct {
	prober          *Prober
	asksCertificate func() // is called when a server asks for a client certificate
	mu              sync.Mutex
	hosts           map[string]*http.Transport
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme == "file" {
		return readFile(req)
	}
	own, err := t.of(req.URL)
	if err != nil {
		return nil, err
	}
	return own.RoundTrip(req)
}

// of returns the transport for the host of a URL.
func (t *transport) of(u *url.URL) (*http.Transport, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if own := t.hosts[u.Host]; own != nil {
		return own, nil
	}
	base := t.prober.Base
	if base == nil {
		base = http.DefaultTransport.(*http.Transport)
	}
	own := base.Clone()
	if t.prober.TLS != nil && u.Scheme == "https" {
		conf, err := t.prober.TLS(u.Host)
		if err != nil {
			return nil, err
		}
		if conf != nil {
			own.TLSClientConfig = conf.Clone()
		}
	}
	if own.TLSClientConfig == nil {
		own.TLSClientConfig = &tls.Config{}
	}
	own.TLSClientConfig.Time = t.prober.now
	certificate := own.TLSClientConfig.GetClientCertificate
	own.TLSClientConfig.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		t.asksCertificate()
		if certificate == nil {
			return new(tls.Certificate), nil // none, as without this function
		}
		return certificate(info)
	}
	own.OnProxyConnectResponse = connectAnswer
	if t.hosts == nil {
		t.hosts = map[string]*http.Transport{}
	}
	t.hosts[u.Host] = own
	return own, nil
}

func (t *transport) close() {
	for _, own := range t.hosts {
		own.CloseIdleConnections()
	}
}
