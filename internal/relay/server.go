// Package relay is a module proxy on this machine, between an unmodified go
// command and the proxies of a policy. It serves the module proxy protocol and
// what proxies pass on of checksum databases, and asks package upstream for
// each file, so that go gets deadlines, retries and client certificates that it
// does not have.
//
// A relay listens at a loopback address under a path that only its user knows,
// keeps no files, and ends when nobody has used it for a while. What it hands on
// it does not vouch for: go.sum and the checksum database decide, as ever. It
// only refuses to hand on what go.sum rules out, so that another source may be
// asked in time.
package relay

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/goshim/goshim/internal/alert"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
)

// A Server is the handler of a relay.
type Server struct {
	cfg     Config
	name    string // see Config.Hash
	secret  string
	proof   string // see proofHeader
	client  *upstream.Client
	flights flights
	sums    sums
	db      *database
	started time.Time
	stop    chan struct{} // closed by a request to stop

	mu       sync.Mutex
	active   int       // requests that are being answered, leases included
	leases   int       // of those
	requests int64     // for files
	last     time.Time // when active was last not 0
	alerts   []alert.Alert

	// observe, if not nil, is told what came of each request for a file.
	observe func(report)
}

// NewServer returns the handler for requests below /secret/.
func NewServer(cfg Config, secret string) *Server {
	s := &Server{
		cfg: cfg, name: cfg.Hash(), secret: secret, proof: newSecret(), client: upstream.New(cfg.Upstream()),
		started: time.Now(), last: time.Now(), stop: make(chan struct{}),
	}
	s.flights.fetch = s.fetch
	s.db = databaseOf(cfg.Chain.Sumdb)
	return s
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := s.below(r)
	if !ok {
		w.Header().Set("Connection", "close") // who does not know the path keeps none open
		http.NotFound(w, r)
		return
	}
	w.Header().Set(proofHeader, s.proof)
	s.enter()
	defer s.leave()
	switch {
	case r.Method == http.MethodPost && path == "-/lease":
		s.serveLease(w, r)
	case r.Method == http.MethodPost && path == "-/stop":
		s.serveStop()
	case isGet(r) && path == "-/state":
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(s.state())
	case isGet(r):
		if a, ok := s.ask(path); ok {
			s.serveFile(w, r, a)
			return
		}
		fallthrough
	default:
		http.NotFound(w, r)
	}
}

// proofHeader is in all answers of a relay. Its value is in the state file, which
// only the user can read, and in no request: so a program that takes the port of
// a relay that was killed, and is told the secret path, is not taken for it.
const proofHeader = "Goshim-Relay"

// below returns the request's path below the secret, if it has that.
func (s *Server) below(r *http.Request) (path string, ok bool) {
	secret, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return path, subtle.ConstantTimeCompare([]byte(secret), []byte(s.secret)) == 1
}

func isGet(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

func (s *Server) enter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active++
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active--
	s.last = time.Now()
}

// idle returns for how long nobody has used the relay.
func (s *Server) idle() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active > 0 {
		return 0
	}
	return time.Since(s.last)
}

// serveFile answers a request for a file.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, a ask) {
	s.mu.Lock()
	s.requests++
	s.mu.Unlock()
	if path, ok := lookedUp(a.file); ok && s.cfg.Chain.Of(path).Sumdb == "" {
		http.Error(w, "goshim relay: "+path+" is not looked up in a checksum database", http.StatusForbidden)
		return
	}
	if pattern := s.hidden(a.file); pattern != "" {
		http.Error(w, "goshim relay: no proxy is asked, because "+diag.Printable(pattern)+" is private", http.StatusNotFound)
		return
	}
	got, err := s.flights.get(r.Context(), a)
	s.tell(w, s.reportOf(a.file, got, err))
	if err != nil {
		s.writeError(w, a, err)
		return
	}
	defer got.release()
	if kind := got.result.Header.Get("Content-Type"); kind != "" {
		w.Header().Set("Content-Type", kind)
	} else {
		w.Header().Set("Content-Type", "application/octet-stream")
	}
	http.ServeContent(w, r, "", time.Time{}, got.reader())
}

// fetch gets a file from the sources of its module. Zips and modfiles are
// complete, and are what go.sum says, before anyone sees them.
func (s *Server) fetch(ctx context.Context, a ask) (*content, error) {
	if strings.HasPrefix(a.file, "sumdb/") {
		return s.fetchSums(ctx, a.file)
	}
	r := upstream.Request{File: a.file, Stage: s.stage(a)}
	if !strings.HasSuffix(a.file, ".zip") && !strings.HasSuffix(a.file, ".mod") {
		return s.fetchSmall(ctx, s.cfg.Chain, r)
	}
	dst, err := os.CreateTemp(s.cfg.Temp, "goshim-relay-")
	if err != nil {
		return nil, err
	}
	// An open file can lose its name, except on Windows. Then nothing is left
	// behind by a relay that is killed.
	c := &content{file: dst, named: os.Remove(dst.Name()) != nil}
	r.Dst = dst
	r.Check = func() error { return s.sums.check(a.file, dst) }
	result, err := s.client.Fetch(ctx, s.cfg.Chain, r)
	if err != nil {
		c.close()
		return nil, err
	}
	c.result, c.size = result, result.Size
	return c, nil
}

// fetchSmall gets a file into memory.
func (s *Server) fetchSmall(ctx context.Context, chain *modroute.Chain, r upstream.Request) (*content, error) {
	result, err := s.client.Fetch(ctx, chain, r)
	if err != nil {
		return nil, err
	}
	return &content{body: result.Body, result: result}, nil
}

// serveLease keeps the relay alive until the client closes its request, and
// knows the client's go.sum files meanwhile.
func (s *Server) serveLease(w http.ResponseWriter, r *http.Request) {
	var lease struct {
		Sums []string `json:"sums"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&lease); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	io.Copy(io.Discard, r.Body) // to its end: only then does the server notice that the client is gone
	s.sums.add(lease.Sums)
	defer s.sums.drop(lease.Sums)
	s.mu.Lock()
	s.leases++
	s.mu.Unlock()
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	select {
	case <-r.Context().Done():
	case <-s.stop:
	}
	s.mu.Lock()
	s.leases--
	s.mu.Unlock()
}

func (s *Server) serveStop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.stop:
	default:
		close(s.stop)
	}
}

// A State is what a relay tells of itself. It holds no secret.
type State struct {
	PID      int                   `json:"pid"`
	Config   string                `json:"config"` // its hash
	Started  time.Time             `json:"started"`
	Leases   int                   `json:"leases"`
	Requests int64                 `json:"requests"` // for files
	Upstream int64                 `json:"upstream"` // requests that became
	Sources  []string              `json:"sources"`  // of modules without a route
	Proxies  []upstream.ProxyState `json:"proxies"`  // those that were asked
	Alerts   []alert.Alert         `json:"alerts"`   // the first of them
}

func (s *Server) state() State {
	proxies := s.client.State()
	s.mu.Lock()
	defer s.mu.Unlock()
	state := State{
		PID: os.Getpid(), Config: s.name, Started: s.started, Leases: s.leases, Requests: s.requests,
		Sources: names(s.cfg.Chain.Proxies), Proxies: proxies, Alerts: append([]alert.Alert{}, s.alerts...),
	}
	for _, p := range proxies {
		state.Upstream += p.Requests
	}
	return state
}

// names returns the URLs of sources without passwords.
func names(sources []modroute.Source) []string {
	all := []string{}
	for _, s := range sources {
		all = append(all, redacted(s.URL))
	}
	return all
}
