package relay

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// A Session serves one command from within the process that waits for it. It
// hands requests on to the user's relay, which many commands share, and asks the
// proxies itself where that one is dead or cannot be started.
//
// So the command's GOPROXY needs no second entry for a relay that dies. One
// would do harm: go asks it for each module that is not found, too, without the
// routes that keep private names, and without a deadline.
type Session struct {
	own    *Server
	shared *shared // or nil
	teller teller
	ln     net.Listener
	http   *http.Server
	client *http.Client
}

// Open starts a session. The arguments are those of [Ensure]; sums are the
// absolute paths of the go.sum files that hold for the command. A relay that
// cannot be started is no error. Close it.
func Open(ctx context.Context, dir, self string, cfg Config, sums []string, log Log) (*Session, error) {
	ln, err := listen()
	if err != nil {
		return nil, err
	}
	s := &Session{
		own: NewServer(cfg, newPath()), ln: ln, teller: teller{log: log},
		client: &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}},
	}
	s.own.observe = s.teller.tell
	s.own.sums.add(sums)
	if running, err := Ensure(ctx, dir, self, cfg); err == nil {
		if release, err := running.Lease(sums); err == nil {
			s.shared = newShared(running, release)
		}
	}
	s.http = newHTTPServer(s)
	go s.http.Serve(ln)
	return s, nil
}

// URL returns the URL of the session, without a slash at the end.
func (s *Session) URL() string { return "http://" + s.ln.Addr().String() + "/" + s.own.secret }

// Variables returns the command's variables: GOPROXY and GONOPROXY, see
// [Variables], and GOSUMDB if that names the URL of a database.
func (s *Session) Variables() [][2]string {
	goproxy, gonoproxy := Variables(s.URL(), s.own.cfg.Chain)
	all := [][2]string{{"GOPROXY", goproxy}, {"GONOPROXY", gonoproxy}}
	if gosumdb := s.own.sumdbVariable(s.URL()); gosumdb != "" {
		all = append(all, [2]string{"GOSUMDB", gosumdb})
	}
	return all
}

// Shared reports whether a relay that others use, too, serves the session, as
// far as is known.
func (s *Session) Shared() bool { return s.shared != nil }

// Close ends the session, and its lease.
func (s *Session) Close() {
	s.http.Close()
	if s.shared != nil {
		s.shared.close()
	}
	s.client.CloseIdleConnections()
	s.own.client.Close()
}

// ServeHTTP implements [http.Handler].
func (s *Session) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, ok := s.own.askOf(r)
	if !ok || s.shared == nil {
		s.own.ServeHTTP(w, r)
		return
	}
	ctx, done := s.shared.use(r.Context())
	defer done()
	resp, err := s.forward(ctx, r, a)
	if err != nil {
		s.own.ServeHTTP(w, r) // it is dead
		return
	}
	defer resp.Body.Close()
	var told report
	if json.Unmarshal([]byte(resp.Header.Get(reportHeader)), &told) == nil {
		s.teller.tell(told)
	}
	for _, name := range []string{"Content-Type", "Content-Length", "Content-Range", "Accept-Ranges", "X-Content-Type-Options"} {
		if v := resp.Header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.WriteHeader(resp.StatusCode)
	n, err := io.Copy(w, resp.Body)
	if err != nil && r.Context().Err() == nil && resp.StatusCode == http.StatusOK {
		err = s.rest(r.Context(), w, a, n, resp.ContentLength)
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the client must not take it for complete
	}
}

// forward sends a request to the shared relay.
func (s *Session) forward(ctx context.Context, r *http.Request, a ask) (*http.Response, error) {
	running := s.shared.running
	req, err := http.NewRequestWithContext(ctx, r.Method, running.URL()+"/"+(&url.URL{Path: a.path()}).EscapedPath(), nil)
	if err != nil {
		return nil, err
	}
	if v := r.Header.Get("Range"); v != "" {
		req.Header.Set("Range", v)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.Header.Get(proofHeader) != running.Proof {
		resp.Body.Close()
		return nil, errOtherPort // of another program
	}
	return resp, nil
}

var errOtherPort = errors.New("another program has the port")

var errOtherSize = errors.New("the file has another size now")

// rest writes what is missing of a file behind the first n bytes, which a relay
// has sent before it died. What it sends is checked, so its length tells whether
// it is the same.
func (s *Session) rest(ctx context.Context, w io.Writer, a ask, n, size int64) error {
	got, err := s.own.flights.get(ctx, a)
	if err != nil {
		return err
	}
	defer got.release()
	body := got.reader()
	end, err := body.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if end != size {
		return errOtherSize
	}
	if _, err := body.Seek(n, io.SeekStart); err != nil {
		return err
	}
	_, err = io.Copy(w, body)
	return err
}

// newHTTPServer returns a server for those on this machine who know the path.
func newHTTPServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: silent}
}
