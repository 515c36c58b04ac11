// Package upstream fetches files of module proxies and does what the go command
// leaves undone: it gives up on a proxy that does not answer, asks again,
// resumes a body that broke off, leaves a proxy that fails alone for a while,
// presents client certificates, and goes on to the next source of a
// [modroute.Chain] by that chain's rules.
//
// It does not decide whether the content is right beyond what any module file
// must be: go.sum and the checksum database do, or a caller's [Request.Check].
package upstream

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modroute"
)

// What a zero [Config] means.
const (
	DefaultTimeout  = 10 * time.Second
	DefaultRetries  = 2
	DefaultFailures = 5                // in a row, until the breaker opens
	DefaultCoolDown = 30 * time.Second // until an open breaker lets one request try
)

// How long a request waits between attempts. A proxy's Retry-After is followed
// up to maxWait, or up to maxWaitOther where another source may be asked.
const (
	firstWait    = 200 * time.Millisecond
	maxWait      = 30 * time.Second
	maxWaitOther = 5 * time.Second
)

// A Config says how proxies are asked.
type Config struct {
	Timeout  time.Duration // to the first byte, and then without any; 0: DefaultTimeout
	Retries  int           // after the first attempt, for each source; 0: DefaultRetries, negative: none
	Auth     []Auth        // client certificates and certificate authorities
	GOAUTH   string        // as of the go command; "": netrc
	Failures int           // 0: DefaultFailures
	CoolDown time.Duration // 0: DefaultCoolDown

	// Getenv reads HOME and NETRC. Nil: os.Getenv.
	Getenv func(name string) string

	// For tests: the time, a wait, and the jitter, in [0, 1). Nil: the real ones.
	Now    func() time.Time
	Sleep  func(ctx context.Context, d time.Duration) error
	Jitter func() float64
}

// An Auth is what is presented to one host, and who vouches for that host. The
// files are in PEM form. A file that changes counts from the next request on.
type Auth struct {
	Host string `json:"host"`           // name or name:port
	Cert string `json:"cert,omitempty"` // client certificate, and its chain
	Key  string `json:"key,omitempty"`  // of Cert
	CA   string `json:"ca,omitempty"`   // beside those of the system
}

// A Client asks proxies. It is safe for use by many goroutines and keeps
// connections, credentials and breakers as long as it lives.
type Client struct {
	cfg       Config
	transport *transport
	http      *http.Client
	creds     credentials

	mu      sync.Mutex
	proxies map[string]*proxy // by URL
}

// New returns a client. Files that the Config names are read when they are
// needed; their faults are those of a source.
func New(cfg Config) *Client {
	setDefaults(&cfg)
	c := &Client{cfg: cfg, transport: newTransport(cfg), proxies: make(map[string]*proxy)}
	c.http = &http.Client{Transport: c.transport, CheckRedirect: checkRedirect}
	c.creds = credentials{
		goauth: cfg.GOAUTH, getenv: cfg.Getenv, http: c.http,
		stored: make(map[string]credential), none: make(map[string]time.Time),
	}
	return c
}

func setDefaults(cfg *Config) {
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Retries == 0 {
		cfg.Retries = DefaultRetries
	}
	cfg.Retries = max(cfg.Retries, 0)
	if cfg.Failures == 0 {
		cfg.Failures = DefaultFailures
	}
	if cfg.CoolDown == 0 {
		cfg.CoolDown = DefaultCoolDown
	}
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Sleep == nil {
		cfg.Sleep = sleep
	}
	if cfg.Jitter == nil {
		cfg.Jitter = mathrand.Float64
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close closes the connections that are not in use.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// A Request names a file.
type Request struct {
	Module string // path, which chooses the sources; "": that of File
	File   string // escaped: "golang.org/x/mod/@v/v0.1.0.zip", "sumdb/NAME/supported"

	// Raw says that the file is no module's, such as one of a checksum database
	// that is asked itself: any content will do.
	Raw bool

	// Dst gets the body, from its start; it is emptied before each source. If
	// nil, the body is in Result.Body.
	Dst *os.File

	// Stage, if not nil, is the part of the module's sources that is asked. It does
	// not count for files of a checksum database.
	Stage *modroute.Stage

	// Check, if not nil, is asked once the body is complete. An error means
	// that this source is bad: the next is asked if the chain says so for any
	// error, and otherwise the fetch fails with it.
	Check func() error
}

// A Result is a file that was fetched.
type Result struct {
	Source string // the proxy that had it, without a password
	Status int    // 200
	Header http.Header
	Body   []byte // if Request.Dst is nil
	Size   int64
	Failed []Attempt // the sources before it, and what was wrong with them
}

// Fetch fetches a file from the first of its module's sources that has it. A
// file of a checksum database comes from the chain's proxies. A source whose
// breaker is open is passed over, and asked after all if no other one has the
// file: it may be back, or be the only one that has it. The sources behind a stage
// stand in for one of it that is passed over.
//
// The error is a [*NotFoundError] if each source that counts says 404 or 410,
// or if the chain comes to direct; a [*Error] if sources failed; the context's
// own if that has ended; and otherwise that of Dst.
func (c *Client) Fetch(ctx context.Context, chain *modroute.Chain, r Request) (*Result, error) {
	sources, strangers, err := sourcesOf(chain, r)
	if err != nil {
		return nil, err
	}
	ctx = context.WithValue(ctx, strangersKey{}, strangers)
	stage := modroute.Stage{To: len(sources)}
	if r.Stage != nil && !strings.HasPrefix(r.File, "sumdb/") {
		stage = *r.Stage
	}
	q := question{Request: r, id: requestID()}
	end := outcome{file: r.File, id: q.id}
	for i := stage.From; i < stage.To; i++ {
		s := sources[i]
		if !s.IsProxy() {
			end.last = s.URL
			break
		}
		q.source, q.other = s, s.AnyError && i+1 < len(sources)
		result, attempt, err := c.ask(ctx, q)
		if result != nil || err != nil {
			return end.result(result), err
		}
		end.tried = append(end.tried, *attempt)
		if attempt.passedOver() {
			stage.To = len(sources)
		}
		if !s.AnyError && !attempt.NotFound() {
			break
		}
	}
	if result, err := c.askPassedOver(ctx, q, sources[stage.From:], &end); result != nil || err != nil {
		return end.result(result), err
	}
	return nil, end.err()
}

// askPassedOver asks the sources after all whose breakers are open, if no other
// source has the file.
func (c *Client) askPassedOver(ctx context.Context, q question, sources []modroute.Source, end *outcome) (*Result, error) {
	if end.last == modroute.Direct {
		return nil, nil
	}
	q.other, q.afterAll = true, true
	for i := range end.tried {
		if !end.tried[i].passedOver() {
			continue
		}
		q.source = sources[i]
		result, attempt, err := c.ask(ctx, q)
		if result != nil || err != nil {
			return result, err
		}
		end.tried[i] = *attempt
	}
	return nil, nil
}

// strangersKey is the key of a context's proxies to which no redirect leads.
type strangersKey struct{}

// sourcesOf returns the sources of a request, and the proxies that must not hear
// of it. A module's name is never taken for another's, so that a private one
// cannot take the public way.
func sourcesOf(chain *modroute.Chain, r Request) (sources, strangers []modroute.Source, err error) {
	path := r.Module
	if path == "" {
		if strings.HasPrefix(r.File, "sumdb/") {
			return chain.Proxies, nil, nil
		}
		escaped, _, _ := strings.Cut(r.File, "/@")
		if path, err = module.UnescapePath(escaped); err != nil {
			return nil, nil, err
		}
	}
	d := chain.Of(path)
	return d.Sources, chain.Strangers(d), nil
}

// requestID returns the value of X-Request-ID for one fetch.
func requestID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// backoff returns how long to wait before the retry with the given number, from
// 0: twice as long each time, give or take half.
func (c *Client) backoff(n int) time.Duration {
	d := float64(firstWait) * math.Pow(2, float64(n))
	return min(time.Duration(d*(0.5+c.cfg.Jitter())), maxWaitOther)
}
