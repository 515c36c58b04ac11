package health

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modroute"
)

// A request is for one part: a file below the proxy's URL.
type request struct{ part, file string }

func (r request) isZip() bool { return strings.HasSuffix(r.file, ".zip") }

// An answer is what came of a request.
type answer struct {
	request request
	status  int
	header  http.Header
	body    []byte // of a zip, the first bytes
	err     error
	sent    http.Header // of the request
}

// get asks for a file as the go command does, so that a proxy which compresses,
// or knows no ranges, answers as it answers that. Of a zip it reads the first bytes
// only.
func (p *probe) get(ctx context.Context, r request) answer {
	a := answer{request: r}
	target := *p.base
	if r.file != "" {
		target.Path = strings.TrimSuffix(target.Path, "/") + "/" + r.file
		if target.RawPath != "" {
			target.RawPath = strings.TrimSuffix(target.RawPath, "/") + "/" + r.file
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // the rest of a zip is not waited for
	resp, err := p.send(ctx, target.String())
	if err != nil {
		a.err = err
		return a
	}
	defer resp.Body.Close()
	a.status, a.header, a.sent = resp.StatusCode, resp.Header, resp.Request.Header
	p.auth.note(resp)
	a.body, a.err = readStart(resp.Body, r.isZip() && a.status == http.StatusOK)
	return a
}

// send sends a request; a second time if there are credentials for an answer
// 4xx, as cmd/go/internal/web does.
func (p *probe) send(ctx context.Context, target string) (*http.Response, error) {
	var resp *http.Response
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err != nil {
			return nil, err
		}
		added := p.Authorize != nil && req.URL.Scheme == "https" && p.Authorize(ctx, req, resp)
		if resp != nil && !added {
			return resp, nil
		}
		first := resp == nil
		if !first {
			resp.Body.Close()
		}
		resp, err = p.client.Do(req)
		if err != nil || !first || resp.StatusCode/100 != 4 {
			return resp, err
		}
	}
}

// part judges the answer to a request for a part.
func (a answer) part() Part {
	name := a.request.part
	p := Part{Name: name, State: OK}
	version := ""
	if name == PartOldZip {
		version = strings.TrimSuffix(a.request.file[strings.LastIndex(a.request.file, "/")+1:], ".zip")
		name = "zip of the old " + version
	}
	fault := func(state PartState, detail string, goes modroute.Outcomes) {
		p.State, p.Detail, p.goes = state, detail, goes
	}
	switch {
	case errors.Is(a.err, context.DeadlineExceeded):
		fault(Faulty, name+": no answer", hangs)
	case a.err != nil:
		fault(Faulty, name+": "+shortError(a.err), stops)
	case a.status == http.StatusNotFound, a.status == http.StatusGone:
		fault(Missing, "no "+partWord(name), next)
	case a.status != http.StatusOK:
		fault(Faulty, name+": "+statusText(a.status), stops)
	case a.request.isZip() && !strings.HasPrefix(string(a.body), "PK"):
		fault(Faulty, name+": not a zip file", wrong)
	case !a.request.isZip() && a.isPage():
		goes := stops
		if name == PartMod {
			goes = wrong
		}
		fault(Faulty, name+": a web page", goes)
	case (name == PartInfo || name == PartLatest) && !json.Valid(a.body):
		fault(Faulty, name+": no JSON", stops)
	}
	return p
}

// partWord returns the name of a part as it is spoken of.
func partWord(name string) string {
	if name == PartLatest {
		return "@latest"
	}
	return name
}

// isPage reports whether the answer is HTML, which no part of the protocol is,
// with a status that says that all is well.
func (a answer) isPage() bool {
	return a.status == http.StatusOK && strings.HasPrefix(strings.TrimSpace(string(a.body)), "<")
}

// said returns the first line of an error's text, as the go command shows it:
// ": no space left on device", or "".
func (a answer) said() string {
	if media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); media != "text/plain" {
		return ""
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(a.body)), "\n")
	line = strings.TrimSpace(line)
	if line == "" || strings.EqualFold(line, http.StatusText(a.status)) {
		return ""
	}
	const most = 100 // characters
	if runes := []rune(line); len(runes) > most {
		line = string(runes[:most]) + "…"
	}
	return ": " + diag.Printable(line)
}

// retryAfter returns the seconds until the proxy wants to be asked again, 0 if
// it does not say.
func (a answer) retryAfter(now time.Time) int {
	value := a.header.Get("Retry-After")
	if n, err := strconv.Atoi(value); err == nil {
		return max(n, 0)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(int(at.Sub(now).Round(time.Second)/time.Second), 0)
	}
	return 0
}

func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}
