package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modroute"
)

// A question is a request to one source.
type question struct {
	Request
	source modroute.Source
	other  bool // another source may be asked whatever goes wrong
	id     string

	// afterAll says that no other source has the file, so this one is asked though
	// its breaker is open: once, and not right after a request that it did not answer.
	afterAll bool
}

// ask asks one source, as often as the configuration allows. It returns the
// result, or what the source had to say, or an error that is not the source's.
func (c *Client) ask(ctx context.Context, q question) (*Result, *Attempt, error) {
	p := c.proxy(q.source.URL)
	if p.err != nil {
		return nil, &Attempt{Source: p.name, Times: 1, Err: p.err}, nil
	}
	admitted, probe := p.admit(c.cfg.Now())
	if probe {
		defer p.abandon()
	}
	if !admitted && q.other && (!q.afterAll || p.stalled(c.cfg.Now(), c.cfg.Timeout)) {
		_, row, last := p.state(c.cfg.Now())
		return nil, &Attempt{Source: p.name, Err: fmt.Errorf("not asked, because it failed %d times in a row: %w", row, last)}, nil
	}
	t := &transfer{c: c, p: p, q: q, answers: p.pace.answers(), sink: sink{file: q.Dst, max: sizeLimit(q.File)}}
	a := &Attempt{Source: p.name}
	for {
		result, err := t.once(ctx)
		a.Times++
		a.Err, a.Status = err, statusOf(err)
		if err == nil || a.NotFound() {
			p.success()
			return result, a, nil
		}
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		if local, ok := errors.AsType[errDst](err); ok {
			return nil, nil, local.error
		}
		p.failures.Add(1)
		p.note(err)
		wait, again := c.again(err, t.attempts-1, q.other)
		if !again || q.afterAll || q.other && isSoft(err) && p.isSoft() {
			p.end(c.cfg.Now(), err)
			return nil, a, nil
		}
		p.retries.Add(1)
		p.waited.Add(int64(wait))
		if err := c.cfg.Sleep(ctx, wait); err != nil {
			return nil, nil, err
		}
	}
}

func sizeLimit(file string) int64 {
	if strings.HasSuffix(file, ".zip") {
		return maxZip
	}
	return maxOther
}

func statusOf(err error) int {
	var status *StatusError
	if errors.As(err, &status) {
		return status.Status
	}
	return 0
}

// refuses reports whether a fault is a proxy's answer about one file. It says
// nothing of how it does with others: one that has some modules only, and answers
// 403, 500 or a page for all others, must not lose those it has to the next source.
func refuses(err error) bool {
	status := statusOf(err)
	return isSoft(err) || status >= 400 && status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout
}

// isSoft reports whether a fault is how some proxies say that they lack a file: an
// internal server error, a page. A failure that passes may look the same, so it is
// a reason to ask again, but not time after time.
func isSoft(err error) bool {
	_, isContent := errors.AsType[*ContentError](err)
	return isContent || statusOf(err) == http.StatusInternalServerError
}

// again reports whether the source is to be asked again after the retry with
// the given number failed so, and after which time.
func (c *Client) again(err error, n int, other bool) (time.Duration, bool) {
	if n >= c.cfg.Retries || !mendable(err, other) {
		return 0, false
	}
	var status *StatusError
	if errors.As(err, &status) && status.RetryAfter > 0 {
		limit := maxWait
		if other {
			limit = maxWaitOther
		}
		return status.RetryAfter, status.RetryAfter <= limit
	}
	return c.backoff(n), true
}

// mendable reports whether another attempt may end better. A proxy that does
// not answer is not asked again while there is another, because each attempt
// takes the whole timeout.
func mendable(err error, other bool) bool {
	var (
		status  *StatusError
		content *ContentError
		final   finalError
		local   errDst
		stall   *stallError
		cert    *tls.CertificateVerificationError
		alert   tls.AlertError
		record  tls.RecordHeaderError
		dns     *net.DNSError
	)
	switch {
	case errors.As(err, &status):
		switch status.Status {
		case http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusInternalServerError,
			http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	case errors.As(err, &stall):
		return stall.started || !other
	case errors.As(err, &dns):
		return !dns.IsNotFound
	}
	return !errors.As(err, &content) && !errors.As(err, &final) && !errors.As(err, &local) &&
		!errors.As(err, &cert) && !errors.As(err, &alert) && !errors.As(err, &record)
}

// A transfer is one file from one source, which may take several attempts.
type transfer struct {
	c    *Client
	p    *proxy
	q    question
	sink sink

	attempts int // since the proxy had served nobody else between two of them
	answers  int // of the proxy to others, when that was last looked at

	// Of the answer whose body broke off.
	etag    string // "" if it has none that says the bytes are the same
	total   int64  // -1 if it did not say
	encoded bool   // it was compressed: what is in the sink is not the start of what it sends
}

// once makes one attempt, when the proxy's pace lets it. It goes on where the last
// one broke off, if it can.
func (t *transfer) once(ctx context.Context) (*Result, error) {
	t.attempts++
	if t.p.url.Scheme == "file" {
		t.p.requests.Add(1)
		return t.readFile()
	}
	at, err := t.p.pace.enter(ctx, &t.c.cfg, t.q.other)
	if err != nil {
		return nil, err
	}
	t.p.requests.Add(1)
	header, err := t.receive(ctx)
	t.p.pace.leave(at, t.c.cfg.Now(), t.c.cfg.Retries, err)
	if statusOf(err) == http.StatusTooManyRequests && !t.q.other {
		if answers := t.p.pace.answers(); answers > t.answers {
			t.answers, t.attempts = answers, 1 // others are served: its turn will come
		}
	}
	if err != nil {
		return nil, err
	}
	return t.finish(header)
}

// receive sends the request and puts the body of the answer into the sink.
func (t *transfer) receive(ctx context.Context) (http.Header, error) {
	if t.encoded {
		if err := t.sink.reset(); err != nil {
			return nil, errDst{err}
		}
	}
	w := newWatch(ctx, t.c.cfg.Timeout)
	defer w.stop()
	resp, err := t.send(w)
	if err != nil {
		return nil, w.fault(err)
	}
	defer resp.Body.Close()
	if err := t.begin(resp); err != nil {
		return nil, w.fault(err)
	}
	w.started = true
	if _, err := io.Copy(&t.sink, resp.Body); err != nil {
		return nil, w.fault(err)
	}
	if t.total >= 0 && t.sink.size != t.total {
		return nil, io.ErrUnexpectedEOF
	}
	return resp.Header, nil
}

// send sends the request, with the credentials that are known for its URL. As in
// cmd/go/internal/web, an answer 4xx is a reason to ask GOAUTH for others.
func (t *transfer) send(w *watch) (*http.Response, error) {
	u := *t.p.url
	u.Path = strings.TrimSuffix(u.Path, "/") + "/" + t.q.File
	if u.RawPath != "" {
		u.RawPath = strings.TrimSuffix(u.RawPath, "/") + "/" + t.q.File
	}
	if u.User != nil && u.Scheme != "https" && !isLoopback(u.Hostname()) {
		return nil, finalError{errors.New("a password is not sent over http")}
	}
	var resp *http.Response
	for again := false; ; again = true {
		req, err := http.NewRequestWithContext(w.ctx, "GET", u.String(), nil)
		if err != nil {
			return nil, finalError{errors.New("malformed URL")}
		}
		req.Header.Set("X-Request-ID", t.q.id)
		if t.sink.size > 0 {
			req.Header.Set("Range", fmt.Sprintf("bytes=%d-", t.sink.size))
			if t.etag != "" {
				req.Header.Set("If-Range", t.etag)
			}
		}
		if u.Scheme == "https" && !t.c.creds.add(w.ctx, req, resp) && again {
			return resp, nil
		}
		if resp != nil {
			resp.Body.Close()
		}
		w.start()
		resp, err = t.c.http.Do(req)
		w.pause()
		if err != nil {
			return nil, plain(err)
		}
		resp.Body = w.watched(resp.Body)
		if again || u.Scheme != "https" || resp.StatusCode < 400 || resp.StatusCode >= 500 || !t.c.creds.canAsk(req, resp.StatusCode) {
			return resp, nil
		}
	}
}

// plain returns the fault behind a [url.Error], whose text has the URL.
func plain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// begin looks at the head of the answer and readies the sink for its body.
func (t *transfer) begin(resp *http.Response) error {
	t.encoded = decode(resp)
	switch {
	case resp.StatusCode == http.StatusPartialContent && !t.encoded && t.sink.size > 0 && t.continues(resp):
		t.p.resumes.Add(1)
		return nil
	case resp.StatusCode == http.StatusPartialContent, resp.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		if err := t.sink.reset(); err != nil {
			return errDst{err}
		}
		return errors.New("it does not have the rest of what it sent before")
	case resp.StatusCode != http.StatusOK:
		return statusError(resp, t.c.cfg.Now())
	}
	if err := t.sink.reset(); err != nil {
		return errDst{err}
	}
	t.total = resp.ContentLength
	t.etag = resp.Header.Get("ETag")
	if strings.HasPrefix(t.etag, "W/") {
		t.etag = ""
	}
	return nil
}

// continues reports whether a partial answer is the rest of the file whose
// beginning is in the sink: the same entity, or at least one as long.
func (t *transfer) continues(resp *http.Response) bool {
	var first, last, total int64
	n, _ := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &total)
	if n != 3 || first != t.sink.size || last != total-1 {
		return false
	}
	if t.etag != "" && resp.Header.Get("ETag") != "" {
		return t.etag == resp.Header.Get("ETag") && (t.total < 0 || t.total == total)
	}
	return t.total == total
}

// finish checks the body.
func (t *transfer) finish(header http.Header) (*Result, error) {
	if !t.q.Raw {
		if err := sane(t.q.File, header.Get("Content-Type"), t.sink.reader(), t.sink.size); err != nil {
			return nil, &ContentError{err}
		}
	}
	if t.q.Check != nil {
		if err := t.q.Check(); err != nil {
			return nil, &ContentError{err}
		}
	}
	result := &Result{Source: t.p.name, Status: http.StatusOK, Header: header, Size: t.sink.size}
	if t.q.Dst == nil {
		result.Body = t.sink.buf
	}
	return result, nil
}

// statusError returns the error for an answer that is none. The first line of
// a plain text is part of it, as in the go command's own errors.
func statusError(resp *http.Response, now time.Time) error {
	e := &StatusError{Status: resp.StatusCode}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		e.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), now)
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096)) // to its end, so that the connection is used again
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/plain" {
		line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
		e.Detail = diag.Printable(strings.ToValidUTF8(strings.TrimSpace(line[:min(len(line), 200)]), ""))
	}
	if why := expired(resp, now); why != "" {
		e.Detail = why
	}
	return e
}

// retryAfter reads seconds or an HTTP date.
func retryAfter(value string, now time.Time) time.Duration {
	if value == "" {
		return 0
	}
	if d, err := time.ParseDuration(value + "s"); err == nil {
		return max(d, 0)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now).Round(time.Second), 0)
	}
	return 0
}
