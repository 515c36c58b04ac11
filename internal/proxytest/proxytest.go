// Package proxytest is a module proxy for tests: it counts what it is asked,
// and can be as bad as a proxy can be.
package proxytest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Server is a module proxy. The zero Server, with a Handler, is a good one.
type Server struct {
	Handler http.Handler  // of a good proxy, such as [Dir]
	Delay   time.Duration // before each answer
	Fault   Fault         // or nil

	mu       sync.Mutex
	requests []string
}

// Dir serves a directory in the layout of GOMODCACHE/cache/download.
func Dir(dir string) http.Handler { return http.FileServer(http.Dir(dir)) }

// A Fault answers in the place of a good proxy's handler, which it may call. It
// reports whether it did.
type Fault func(w http.ResponseWriter, r *http.Request, good http.Handler) bool

// Start starts the server on a loopback port. Close it.
func (s *Server) Start() *httptest.Server { return httptest.NewServer(s) }

// ServeHTTP counts the request and answers it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	s.mu.Unlock()
	if s.Delay > 0 {
		select {
		case <-time.After(s.Delay):
		case <-r.Context().Done():
			return
		}
	}
	if s.Fault == nil || !s.Fault(w, r, s.Handler) {
		s.Handler.ServeHTTP(w, r)
	}
}

// Requests returns what was asked so far: "GET /example.com/dep/@v/list".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count returns how many requests had a path that contains text.
func (s *Server) Count(text string) int {
	n := 0
	for _, request := range s.Requests() {
		if strings.Contains(request, text) {
			n++
		}
	}
	return n
}

// Status answers everything with the status, and with Retry-After if that is
// not "".
func Status(code int, retryAfter string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		http.Error(w, http.StatusText(code), code)
		return true
	}
}

// Rate answers n requests in each period and all others with 429, and when the
// next period begins.
func Rate(n int, period time.Duration) Fault {
	var (
		mu    sync.Mutex
		began time.Time
		count int
	)
	return func(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
		mu.Lock()
		now := time.Now()
		if now.Sub(began) >= period {
			began, count = now, 0
		}
		count++
		isOver, left := count > n, period-now.Sub(began)
		mu.Unlock()
		return isOver && Status(http.StatusTooManyRequests, strconv.FormatFloat(left.Seconds(), 'f', 3, 64))(w, r, good)
	}
}

// Times makes a fault of the first n requests only.
func Times(n int, fault Fault) Fault {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
		mu.Lock()
		now := n > 0
		n--
		mu.Unlock()
		return now && fault(w, r, good)
	}
}

// Suffix makes a fault of requests whose path ends in the suffix only.
func Suffix(suffix string, fault Fault) Fault {
	return func(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
		return strings.HasSuffix(r.URL.Path, suffix) && fault(w, r, good)
	}
}

// Hang accepts the request and never answers.
func Hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
	<-r.Context().Done()
	return true
}

// HTML answers 200 with a page, as a captive portal does.
func HTML(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
	w.Header().Set("Content-Type", "text/html")
	io.WriteString(w, "<html><body>Please log in.</body></html>")
	return true
}

// Truncate promises the whole body, sends half of it and hangs up.
func Truncate(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
	answer := httptest.NewRecorder()
	good.ServeHTTP(answer, r)
	body := answer.Body.Bytes()
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	w.Write(body[:len(body)/2])
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	panic(http.ErrAbortHandler)
}

// Gzip compresses every answer, whether or not that is asked for.
func Gzip(w http.ResponseWriter, r *http.Request, good http.Handler) bool {
	answer := httptest.NewRecorder()
	good.ServeHTTP(answer, r)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(answer.Body.Bytes())
	z.Close()
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Length", strconv.Itoa(packed.Len()))
	w.WriteHeader(answer.Code)
	w.Write(packed.Bytes())
	return true
}

// Replace answers 200 with other bytes.
func Replace(body []byte) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		return true
	}
}
