package health

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/goshim/goshim/internal/diag"
)

// failed ends a probe whose first request got no answer.
func (p *probe) failed(ctx context.Context, err error) {
	host := p.base.Hostname()
	if led := new(url.Error); errors.As(err, &led) {
		if u, parseErr := url.Parse(led.URL); parseErr == nil && u.Hostname() != "" {
			host = u.Hostname()
		}
	}
	layer, fault, advice := p.explain(ctx, err, host)
	if host != p.base.Hostname() {
		fault = "led to " + host + ": " + fault
	}
	if strange := p.strangeAddress(host); strange != "" {
		advice = strange
	}
	p.fail(layer, fault, advice)
	if ctx.Err() != nil && layer == HTTP { // the others have deadlines in net/http
		p.report.Go = hangs
	}
}

// explain says in which layer the error of a request to host is, what it is, and
// what to do.
func (p *probe) explain(ctx context.Context, err error, host string) (layer Layer, fault, advice string) {
	var (
		led     *redirectError
		connect *connectError
		dns     *net.DNSError
	)
	switch {
	case errors.As(err, &led):
		return HTTP, led.Error(), "name the address that it leads to, if that is right"
	case errors.As(err, &connect):
		if connect.status == http.StatusProxyAuthRequired {
			return Auth, connect.Error(), authAdvice(connect.status)
		}
		return HTTP, connect.Error(), httpProxyAdvice
	case errors.As(err, &dns) && ctx.Err() == nil:
		return DNS, dnsFault(dns), p.dnsAdvice(dns)
	}
	if layer, fault, advice, ok := p.explainTLS(err, host); ok {
		return layer, fault, advice
	}
	layer, fault = p.trace.last(), p.plainFault(ctx, err)
	if throughProxy(err) {
		return layer, "the HTTP proxy: " + fault, httpProxyAdvice
	}
	return layer, fault, p.advice(layer)
}

const httpProxyAdvice = "HTTPS_PROXY, HTTP_PROXY and NO_PROXY say through what the network is reached; GOPROXY does not"

// throughProxy reports whether the error is of the connection to an HTTP proxy.
func throughProxy(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "proxyconnect"
}

// plainFault says an error in few words.
func (p *probe) plainFault(ctx context.Context, err error) string {
	if ctx.Err() == context.DeadlineExceeded {
		return "no answer within " + p.timeout().String()
	}
	return shortError(err)
}

// shortError says an error in few words, and without its URL.
func shortError(err error) string {
	for {
		switch e := err.(type) {
		case *url.Error:
			err = e.Err
			continue
		case *net.OpError:
			err = e.Err
			continue
		}
		break
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "no answer"
	case isRefused(err):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "the connection was reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed without an answer"
	}
	return diag.Printable(strings.TrimPrefix(err.Error(), "http: "))
}

// dnsFault says why a name has no address.
func dnsFault(e *net.DNSError) string {
	if e.IsNotFound {
		return "no host is named " + e.Name
	}
	if e.IsTimeout {
		return "the name server does not answer"
	}
	return "the name server says of " + e.Name + ": " + e.Err
}

func (p *probe) dnsAdvice(e *net.DNSError) string {
	if near := diag.DidYouMean(strings.ToLower(e.Name), p.hosts(e.Name)); near != "" {
		return near
	}
	return "check the name in GOPROXY; if it is right, the name server or the network's names"
}

// advice returns the way out of a fault without a more exact one.
func (p *probe) advice(layer Layer) string {
	switch layer {
	case DNS:
		return "check the name server of this machine"
	case TCP:
		return "check that the proxy runs, its port, and that no firewall stands between"
	case TLS:
		return "check that the proxy talks https on this port"
	}
	return "the fault is the server's: tell who runs it"
}

// explainTLS says what is wrong with a certificate.
func (p *probe) explainTLS(err error, host string) (layer Layer, fault, advice string, ok bool) {
	var (
		invalid x509.CertificateInvalidError
		name    x509.HostnameError
		unknown x509.UnknownAuthorityError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		cert, now := invalid.Cert, p.now()
		if now.Before(cert.NotBefore) {
			return TLS, "certificate is not valid before " + cert.NotBefore.UTC().Format(time.DateOnly), "check the clock of this machine", true
		}
		end := cert.NotAfter
		days := int(end.Sub(now) / (24 * time.Hour))
		p.report.TLSExpires, p.report.TLSDays = &end, &days
		return TLS, "certificate expired " + diag.Count(-days, "day") + " ago", "have the certificate of " + host + " renewed, or check the clock of this machine", true
	case errors.As(err, &name):
		return TLS, "certificate is not for " + host, "use a name that it is for: " + certNames(name.Certificate), true
	case errors.As(err, &unknown):
		fault = "certificate is signed by an unknown authority"
		if unknown.Cert != nil && unknown.Cert.Issuer.CommonName != "" {
			fault += ", " + diag.Printable(unknown.Cert.Issuer.CommonName)
		}
		return TLS, fault, "add the authority to the system's, or name it in SSL_CERT_FILE; GOINSECURE does not hold for proxies", true
	case errors.As(err, &invalid):
		return TLS, invalid.Error(), "have the certificate of " + host + " replaced", true
	}
	return "", "", "", false
}

// certNames returns the names that a certificate is for.
func certNames(cert *x509.Certificate) string {
	names := cert.DNSNames
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "it has none"
	}
	return diag.Printable(strings.Join(names, ", "))
}

func authAdvice(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "the proxy wants a login: .netrc or GOAUTH, see go help goauth"
	case http.StatusProxyAuthRequired:
		return "an HTTP proxy on the way wants a login: HTTPS_PROXY, HTTP_PROXY"
	}
	return "the proxy knows you or your network, and does not allow it: ask who runs it"
}

// A connectError is the refusal of an HTTP proxy to connect.
type connectError struct{ status int }

func (e *connectError) Error() string { return "the HTTP proxy says " + statusText(e.status) }

// connectAnswer is a [http.Transport.OnProxyConnectResponse].
func connectAnswer(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &connectError{resp.StatusCode}
}
