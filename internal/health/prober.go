package health

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modroute"
)

// Timeout is how long a check of all proxies takes at most, unless the Prober says otherwise.
const Timeout = 5 * time.Second

// A Prober asks the proxies of a chain how they are. Only Chain must be set.
type Prober struct {
	Chain   *modroute.Chain
	Wanted  []module.Version // what to ask for, if a proxy may be asked about it
	Modules []module.Version // the project's, as [Candidates] returns them
	Hosts   []string         // well-known names, for hosts that are misspelt
	Quick   bool             // end after the first answer
	Timeout time.Duration    // how long a check of all proxies takes at most; 0 is [Timeout]

	// TLS returns the certificates for connections to a host, as it stands in a
	// URL, or nil for the system's; Authorize adds credentials to a request to
	// an https URL, after the answer 4xx to one without if resp is not nil, and
	// reports whether it added any. Either may be nil. internal/upstream has
	// them.
	TLS       func(host string) (*tls.Config, error)
	Authorize func(ctx context.Context, req *http.Request, resp *http.Response) bool

	Base *http.Transport  // what connections are made with, instead of net/http's default, for tests
	Now  func() time.Time // nil is time.Now
}

// Check asks the proxies with the given URLs, all at once, and returns their
// reports in the same order, after the time limit at the latest.
func (p *Prober) Check(ctx context.Context, proxies []string) []Report {
	reports := make([]Report, len(proxies))
	p.each(ctx, proxies, func(i int, r Report) { reports[i] = r })
	return reports
}

// each asks the proxies, and calls done for each of them as soon as it is
// known, one call at a time.
func (p *Prober) each(ctx context.Context, proxies []string, done func(int, Report)) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout())
	defer cancel()
	var (
		wg sync.WaitGroup
		mu sync.Mutex
	)
	for i, proxy := range proxies {
		wg.Go(func() {
			r := p.probe(ctx, proxy)
			mu.Lock()
			defer mu.Unlock()
			done(i, r)
		})
	}
	wg.Wait()
}

func (p *Prober) timeout() time.Duration {
	if p.Timeout > 0 {
		return p.Timeout
	}
	return Timeout
}

func (p *Prober) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

// Name returns a URL as it is shown and kept: without user and password, and
// without the query, in which redirects have signatures.
func Name(proxy string) string {
	u, err := url.Parse(proxy)
	if err != nil {
		return "a malformed URL"
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}

// hosts returns the host names that one that is not known may have been meant
// to be: those of the chain and the well-known ones.
func (p *Prober) hosts(except string) []string {
	var hosts []string
	for _, s := range p.Chain.All() {
		if u, err := url.Parse(s.URL); err == nil && u.Hostname() != "" {
			hosts = append(hosts, u.Hostname())
		}
	}
	var others []string
	for _, host := range append(hosts, p.Hosts...) {
		if !strings.EqualFold(host, except) {
			others = append(others, host)
		}
	}
	return others
}
