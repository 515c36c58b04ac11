package health

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/modroute"
)

// asked notes the name whose addresses are asked for.
func (t *trace) asked(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.name = name
}

// resolved notes the addresses of the name that was asked for.
func (t *trace) resolved(addrs []net.IPAddr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hosts == nil {
		t.hosts = make(map[string][]string)
	}
	for _, a := range addrs {
		t.hosts[t.name] = append(t.hosts[t.name], a.String())
	}
}

// addresses returns the addresses of a name that was asked for.
func (t *trace) addresses(name string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.hosts[name]
}

// host returns the name of the proxy's host, "" if it is not known.
func (p *probe) host() string {
	if p.base == nil {
		return ""
	}
	return p.base.Hostname()
}

// strangeAddress says that a host which fails has addresses that it cannot have, as
// where a name server or the hosts file answers in its place, or returns "". Other
// false answers show themselves by the certificate; no other name server is asked,
// as that one would be told the name.
func (p *probe) strangeAddress(host string) string {
	addrs := p.trace.addresses(host)
	if len(addrs) == 0 || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return ""
	}
	what := ""
	for _, a := range addrs {
		ip := net.ParseIP(strings.Split(a, "%")[0])
		switch {
		case ip.IsUnspecified():
			what = "the address of no machine"
		case ip.IsLoopback():
			what = "this machine"
		case ip.IsPrivate() && p.isPublicHost(host):
			what = "a private address, though it is a public host"
		default:
			return "" // it has a right one too
		}
	}
	return host + " resolves to " + strings.Join(addrs, ", ") + ", " + what + ": a name server or the hosts file answers in its place"
}

// isPublicHost reports whether a host is one of the go command's default proxies.
func (p *probe) isPublicHost(host string) bool {
	return slices.ContainsFunc(p.Chain.All(), func(s modroute.Source) bool {
		u, err := url.Parse(s.URL)
		return err == nil && s.Default && u.Hostname() == host
	})
}
