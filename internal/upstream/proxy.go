package upstream

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// A proxy is what a client knows of one.
type proxy struct {
	url  *url.URL
	name string // without a password
	err  error  // of the URL
	breaker
	pace pace

	requests, failures, retries, resumes atomic.Int64
	waited                               atomic.Int64 // nanoseconds
}

// proxy returns the proxy with the URL.
func (c *Client) proxy(rawURL string) *proxy {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.proxies[rawURL]
	if p == nil {
		p = &proxy{breaker: breaker{limit: c.cfg.Failures, coolDown: c.cfg.CoolDown}}
		u, err := url.Parse(rawURL)
		if err != nil {
			p.name, p.err = "the proxy", finalError{fmt.Errorf("malformed URL")} // the text may hold a password
		} else {
			p.url, p.name = u, u.Redacted()
		}
		c.proxies[rawURL] = p
	}
	return p
}

// A ProxyState is what a client has seen of a proxy.
type ProxyState struct {
	URL       string        `json:"url"`                 // without a password
	Breaker   string        `json:"breaker"`             // closed, open or half-open
	Row       int           `json:"row"`                 // failures in a row
	Throttled bool          `json:"throttled,omitempty"` // it answered 429, so requests are held back
	Requests  int64         `json:"requests"`
	Failures  int64         `json:"failures"`
	Retries   int64         `json:"retries"`
	Resumes   int64         `json:"resumes"`
	Waited    time.Duration `json:"waited_ns"`      // between attempts
	Last      string        `json:"last,omitempty"` // fault, which may have passed
}

// State returns the state of the proxies that were asked, by URL.
func (c *Client) State() []ProxyState {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []ProxyState{}
	for _, p := range c.proxies {
		s := ProxyState{
			URL: p.name, Throttled: p.pace.isThrottled(c.cfg.Now()), Requests: p.requests.Load(), Failures: p.failures.Load(),
			Retries: p.retries.Load(), Resumes: p.resumes.Load(), Waited: time.Duration(p.waited.Load()),
		}
		s.Breaker, s.Row, _ = p.state(c.cfg.Now())
		if last := p.lastFault(); last != nil {
			s.Last = last.Error()
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b ProxyState) int { return strings.Compare(a.URL, b.URL) })
	return all
}
