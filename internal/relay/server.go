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
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/module"

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
	started time.Time
	stop    chan struct{} // closed by a request to stop

	mu       sync.Mutex
	active   int       // requests that are being answered, leases included
	leases   int       // of those
	requests int64     // for files
	last     time.Time // when active was last not 0
}

// NewServer returns the handler for requests below /secret/.
func NewServer(cfg Config, secret string) *Server {
	s := &Server{
		cfg: cfg, name: cfg.Hash(), secret: secret, proof: newSecret(), client: upstream.New(cfg.Upstream()),
		started: time.Now(), last: time.Now(), stop: make(chan struct{}),
	}
	s.flights.fetch = s.fetch
	return s
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := s.below(r)
	if !ok {
		w.Header().Set("Connection", "close") // who does not know the path keeps none open
		http.NotFound(w, r)
		return
	}
	w.Header().Set(proofHeader, s.proof)
	s.enter()
	defer s.leave()
	switch {
	case r.Method == http.MethodPost && file == "-/lease":
		s.serveLease(w, r)
	case r.Method == http.MethodPost && file == "-/stop":
		s.serveStop()
	case isGet(r) && file == "-/state":
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(s.state())
	case isGet(r) && isFile(file):
		s.serveFile(w, r, file)
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

// fileOf returns the file that a request asks for, if it asks for one.
func (s *Server) fileOf(r *http.Request) (file string, ok bool) {
	file, ok = s.below(r)
	return file, ok && isGet(r) && isFile(file)
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

// isFile reports whether a path is one of the module proxy protocol, which
// "go help goproxy" describes, or of a checksum database's.
func isFile(file string) bool {
	if rest, ok := strings.CutPrefix(file, "sumdb/"); ok {
		return !strings.Contains("/"+rest+"/", "/../") && strings.Contains(rest, "/")
	}
	escaped, rest, ok := strings.Cut(file, "/@")
	if _, err := module.UnescapePath(escaped); !ok || err != nil {
		return false
	}
	if rest == "latest" || rest == "v/list" {
		return true
	}
	version, ok := strings.CutPrefix(rest, "v/")
	for _, ext := range []string{".info", ".mod", ".zip"} {
		if base, found := strings.CutSuffix(version, ext); ok && found {
			_, err := module.UnescapeVersion(base)
			return err == nil
		}
	}
	return false
}

// serveFile answers a request for a file.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, file string) {
	s.mu.Lock()
	s.requests++
	s.mu.Unlock()
	if path, ok := lookedUp(file); ok && s.cfg.Chain.Of(path).Sumdb == "" {
		http.Error(w, "goshim relay: "+path+" is not looked up in a checksum database", http.StatusForbidden)
		return
	}
	if pattern := s.hidden(file); pattern != "" {
		http.Error(w, "goshim relay: no proxy is asked, because "+diag.Printable(pattern)+" is private", http.StatusNotFound)
		return
	}
	got, err := s.flights.get(r.Context(), file)
	if err != nil {
		s.writeError(w, file, err)
		return
	}
	defer got.release()
	if kind := got.header.Get("Content-Type"); kind != "" {
		w.Header().Set("Content-Type", kind)
	} else {
		w.Header().Set("Content-Type", "application/octet-stream")
	}
	http.ServeContent(w, r, "", time.Time{}, got.reader())
}

// hidden returns the pattern of private modules whose common path a request for a
// file would tell the proxies of others, or "": [modroute.Chain.ParentOfPrivate].
func (s *Server) hidden(file string) string {
	escaped, _, _ := strings.Cut(file, "/@")
	path, err := module.UnescapePath(escaped)
	if err != nil {
		return "" // of a checksum database
	}
	return s.cfg.Chain.ParentOfPrivate(path)
}

// lookedUp returns the module that a request to a checksum database names.
func lookedUp(file string) (path string, ok bool) {
	rest, ok := strings.CutPrefix(file, "sumdb/")
	_, name, found := strings.Cut(rest, "/lookup/")
	if !ok || !found {
		return "", false
	}
	escaped, _, _ := strings.Cut(name, "@")
	path, err := module.UnescapePath(escaped)
	return path, err == nil
}

// fetch gets a file from the sources of its module. Zips and modfiles are
// complete, and are what go.sum says, before anyone sees them.
func (s *Server) fetch(ctx context.Context, file string) (*content, error) {
	r := upstream.Request{File: file}
	if !strings.HasSuffix(file, ".zip") && !strings.HasSuffix(file, ".mod") {
		result, err := s.client.Fetch(ctx, s.cfg.Chain, r)
		if err != nil {
			return nil, err
		}
		return &content{body: result.Body, header: result.Header}, nil
	}
	dst, err := os.CreateTemp("", "goshim-relay-")
	if err != nil {
		return nil, err
	}
	// An open file can lose its name, except on Windows. Then nothing is left
	// behind by a relay that is killed.
	c := &content{file: dst, named: os.Remove(dst.Name()) != nil}
	r.Dst = dst
	r.Check = func() error { return s.sums.check(file, dst) }
	result, err := s.client.Fetch(ctx, s.cfg.Chain, r)
	if err != nil {
		c.close()
		return nil, err
	}
	c.header, c.size = result.Header, result.Size
	return c, nil
}

// writeError answers with an error: 404 and 410 as the sources said, else 502
// or 504. The go command shows up to 8 lines and 648 bytes of a plain text.
func (s *Server) writeError(w http.ResponseWriter, file string, err error) {
	code, tried, about, end := http.StatusBadGateway, []upstream.Attempt(nil), "", ""
	notFound, isNotFound := errors.AsType[*upstream.NotFoundError](err)
	failed, isFailed := errors.AsType[*upstream.Error](err)
	switch {
	case isNotFound:
		code, tried = http.StatusNotFound, notFound.Tried
		if notFound.Gone() {
			code = http.StatusGone
		}
		if notFound.Origin {
			code, end = http.StatusNotFound, "the module's origin is next (direct)"
			if !hasDirect(s.cfg.Chain) {
				end = "its origin is not asked: the list of proxies has no direct"
			}
		} else if notFound.Off && len(tried) == 0 {
			end = "no source may be asked (off)"
		}
		if s.endsHere(file, notFound) {
			code, end = http.StatusForbidden, "its origin is not asked: its route has no direct"
		}
	case isFailed:
		tried, about = failed.Tried, ", request "+failed.ID
		if failed.Timeout() {
			code = http.StatusGatewayTimeout
		}
	default:
		end = err.Error()
	}
	http.Error(w, "goshim relay"+about+": "+strings.Join(lines(tried, end), "\n"), code)
}

// endsHere reports whether go must not take a file that is not found as a reason
// to ask the module's origin: GOPROXY ends with direct for other modules, and the
// route of this one does not. What go asks in search of a module, by longer paths
// than its own, stays not found, or it would find none; but what a module holds
// comes from the route or from nowhere, and of off nothing does.
func (s *Server) endsHere(file string, e *upstream.NotFoundError) bool {
	if e.Origin || !hasDirect(s.cfg.Chain) || strings.HasPrefix(file, "sumdb/") {
		return false
	}
	isOff := e.Off && len(e.Tried) == 0
	return isOff || strings.HasSuffix(file, ".zip") || strings.HasSuffix(file, ".mod")
}

// Of an error's text.
const (
	maxLines = 7
	maxText  = 560 // without what stands before the first
)

// lines returns a line for each attempt and the end, within what the go command
// shows.
func lines(tried []upstream.Attempt, end string) []string {
	var all []string
	for i, a := range tried {
		if i == maxLines-1 && len(tried) > maxLines {
			all = append(all, fmt.Sprintf("and %d more", len(tried)-i))
			break
		}
		all = append(all, diag.Printable(a.String()))
	}
	if end != "" {
		all = append(all, diag.Printable(end))
	}
	for i, line := range all {
		if limit := maxText / len(all); len(line) > limit {
			all[i] = strings.ToValidUTF8(line[:limit-len("…")], "") + "…"
		}
	}
	return all
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
}

func (s *Server) state() State {
	proxies := s.client.State()
	s.mu.Lock()
	defer s.mu.Unlock()
	state := State{
		PID: os.Getpid(), Config: s.name, Started: s.started, Leases: s.leases, Requests: s.requests,
		Sources: names(s.cfg.Chain.Proxies), Proxies: proxies,
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
