package relay

import (
	"context"
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
	shared *Running // or nil
	lease  func()
	ln     net.Listener
	http   *http.Server
	client *http.Client
}

// Open starts a session. The arguments are those of [Ensure]; sums are the
// absolute paths of the go.sum files that hold for the command. A relay that
// cannot be started is no error. Close it.
func Open(ctx context.Context, dir, self string, cfg Config, sums []string) (*Session, error) {
	ln, err := listen()
	if err != nil {
		return nil, err
	}
	s := &Session{
		own: NewServer(cfg, newSecret()), ln: ln, lease: func() {},
		client: &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}},
	}
	s.own.sums.add(sums)
	if shared, err := Ensure(ctx, dir, self, cfg); err == nil {
		if release, err := shared.Lease(sums); err == nil {
			s.shared, s.lease = shared, release
		}
	}
	s.http = newHTTPServer(s)
	go s.http.Serve(ln)
	return s, nil
}

// URL returns the URL of the session, without a slash at the end.
func (s *Session) URL() string { return "http://" + s.ln.Addr().String() + "/" + s.own.secret }

// Variables returns the command's GOPROXY and GONOPROXY, see [Variables].
func (s *Session) Variables() (goproxy, gonoproxy string) { return Variables(s.URL(), s.own.cfg.Chain) }

// Shared reports whether a relay that others use, too, serves the session, as
// far as is known.
func (s *Session) Shared() bool { return s.shared != nil }

// Close ends the session, and its lease.
func (s *Session) Close() {
	s.http.Close()
	s.lease()
	s.client.CloseIdleConnections()
	s.own.client.Close()
}

// ServeHTTP implements [http.Handler].
func (s *Session) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := s.own.fileOf(r)
	if !ok || s.shared == nil {
		s.own.ServeHTTP(w, r)
		return
	}
	req, err := http.NewRequestWithContext(r.Context(), r.Method, s.shared.URL()+"/"+(&url.URL{Path: file}).EscapedPath(), nil)
	if err != nil {
		s.own.ServeHTTP(w, r)
		return
	}
	if v := r.Header.Get("Range"); v != "" {
		req.Header.Set("Range", v)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		s.own.ServeHTTP(w, r) // it is dead
		return
	}
	defer resp.Body.Close()
	if resp.Header.Get(proofHeader) != s.shared.Proof {
		s.own.ServeHTTP(w, r) // and another has its port
		return
	}
	for _, name := range []string{"Content-Type", "Content-Length", "Content-Range", "Accept-Ranges", "X-Content-Type-Options"} {
		if v := resp.Header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.WriteHeader(resp.StatusCode)
	n, err := io.Copy(w, resp.Body)
	if err != nil && r.Context().Err() == nil && resp.StatusCode == http.StatusOK {
		err = s.rest(r.Context(), w, file, n, resp.ContentLength)
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the client must not take it for complete
	}
}

var errOtherSize = errors.New("the file has another size now")

// rest writes what is missing of a file behind the first n bytes, which a relay
// has sent before it died. What it sends is checked, so its length tells whether
// it is the same.
func (s *Session) rest(ctx context.Context, w io.Writer, file string, n, size int64) error {
	got, err := s.own.flights.get(ctx, file)
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
