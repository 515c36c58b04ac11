package health

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/modroute"
)

// A probe is the asking of one proxy.
type probe struct {
	*Prober
	base   *url.URL
	client *http.Client
	trace  trace
	auth   authKinds
	report Report
}

// probe asks one proxy.
func (p *Prober) probe(ctx context.Context, proxy string) Report {
	start := time.Now()
	pr := &probe{Prober: p, report: Report{Proxy: Name(proxy), State: Up, Parts: []Part{}, Auth: []string{}, Go: used, Checked: p.now()}}
	base, err := url.Parse(proxy)
	if err != nil {
		pr.fail(HTTP, "malformed URL", "write https://HOST or file:///PATH")
	} else {
		pr.base = base
		transport := &transport{prober: p, asksCertificate: func() { pr.auth.add(AuthCertificate) }}
		defer transport.close()
		pr.client = &http.Client{Transport: transport, CheckRedirect: pr.redirect}
		pr.run(ctx, proxy)
	}
	r := pr.report
	r.Auth, r.Addresses = pr.auth.all(), pr.trace.addresses(pr.host())
	r.Latency = pr.trace.latency()
	r.Latency.Total = millis(time.Since(start))
	r.Expires = r.Checked.Add(lifetime(&r))
	return r
}

// fail ends a probe in a layer.
func (p *probe) fail(layer Layer, fault, advice string) {
	r := &p.report
	r.State, r.Layer, r.Fault, r.Advice = Down, layer, fault, advice
	r.Go = stops
}

// run goes up the layers with a first request, and then asks for all parts.
func (p *probe) run(ctx context.Context, proxy string) {
	if p.base.Scheme == "http" && p.base.User != nil {
		p.fail(Auth, "the go command sends no password over http", "write https://, or no password")
		return
	}
	if p.base.Scheme == "file" {
		if fault := checkDir(p.base.Path); fault != "" {
			p.fail(Protocol, fault, "check the path in the URL")
			p.report.Go = next // as cmd/go/internal/web.getFile has it
			return
		}
	}
	m, known := p.moduleFor(proxy)
	first := request{part: PartList}
	switch sumdb := p.sumdbOf(proxy); {
	case known:
		p.report.Module = m.String()
		escaped, err := module.EscapePath(m.Path)
		if err != nil {
			p.fail(Protocol, err.Error(), "")
			return
		}
		first.file = escaped + "/@v/list"
	case sumdb != "":
		first = request{PartSumdb, "sumdb/" + sumdb + "/supported"}
	default:
		first = request{} // for the proxy itself; any answer will do
	}
	a := p.get(p.trace.with(ctx), first)
	if !p.first(ctx, a) || first.part == "" {
		return
	}
	p.report.Parts = append(p.report.Parts, a.part())
	if known && !p.Quick {
		p.parts(ctx, m, proxy, a)
	}
	p.conclude(m)
}

// first judges the first answer by its layers and reports whether the probe may
// go on.
func (p *probe) first(ctx context.Context, a answer) bool {
	r := &p.report
	if a.err != nil {
		p.failed(ctx, a.err)
		return false
	}
	r.Status = a.status
	if end := p.trace.certEnd(); !end.IsZero() {
		r.setTLS(end, p.now())
	}
	switch {
	case a.status == http.StatusTooManyRequests:
		p.fail(HTTP, statusText(a.status), "wait, or log in if the proxy has accounts; goshim's relay waits as it is told")
		r.State, r.RetryAfter = Throttled, a.retryAfter(p.now())
	case a.request.part == "" && a.status != http.StatusUnauthorized && a.status != http.StatusForbidden && a.status < 500:
		return true
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden, a.status == http.StatusProxyAuthRequired:
		p.fail(Auth, statusText(a.status)+a.said(), p.refusal(a))
	case a.isPage():
		p.fail(HTTP, "answers with a web page", "open "+r.Proxy+" in a browser: the network may want a login, or it is no module proxy")
	case a.status != http.StatusOK && a.part().State != Missing:
		p.fail(HTTP, statusText(a.status)+a.said(), "the fault is the server's: tell who runs it")
		r.RetryAfter = a.retryAfter(p.now())
	default:
		return true
	}
	return false
}

// parts asks for the rest of the protocol, all at once.
func (p *probe) parts(ctx context.Context, m module.Version, proxy string, list answer) {
	var requests []request
	add := func(part, version, suffix string) {
		escaped, err := module.EscapeVersion(version)
		if err == nil {
			requests = append(requests, request{part, path.Dir(list.request.file) + "/" + escaped + suffix})
		}
	}
	add(PartInfo, m.Version, ".info")
	add(PartMod, m.Version, ".mod")
	add(PartZip, m.Version, ".zip")
	if old := oldest(string(list.body)); old != "" && old != m.Version && list.status == http.StatusOK {
		add(PartOldZip, old, ".zip")
	}
	requests = append(requests, request{PartLatest, path.Dir(path.Dir(list.request.file)) + "/@latest"})
	if sumdb := p.sumdbOf(proxy); sumdb != "" {
		requests = append(requests, request{PartSumdb, "sumdb/" + sumdb + "/supported"})
	}
	if private, ok := p.privateFor(proxy); ok {
		if escaped, err := module.EscapePath(private.Path); err == nil {
			requests = append(requests, request{PartPrivate, escaped + "/@v/list"})
		}
	}
	answers := make([]chan answer, len(requests))
	for i, r := range requests {
		answers[i] = make(chan answer, 1)
		go func() { answers[i] <- p.get(ctx, r) }()
	}
	for _, c := range answers {
		a := <-c
		p.report.Parts = append(p.report.Parts, a.part())
		if a.status == http.StatusTooManyRequests && p.report.State != Throttled {
			p.fail(HTTP, statusText(a.status), "wait, or log in if the proxy has accounts; goshim's relay waits as it is told")
			p.report.State, p.report.RetryAfter = Throttled, a.retryAfter(p.now())
		}
	}
}

// conclude makes the state of the parts.
func (p *probe) conclude(m module.Version) {
	r := &p.report
	if r.State != Up {
		return
	}
	var lacks []string
	served := false
	for _, part := range r.Parts {
		served = served || part.State == OK && part.Name != PartSumdb && part.Name != PartPrivate
		if part.State != OK && part.Name != PartPrivate {
			lacks = append(lacks, part.Detail)
			if slices.Contains([]string{PartInfo, PartMod, PartZip}, part.Name) {
				r.Go = worse(r.Go, part.goes)
			}
		}
	}
	if len(lacks) == 0 {
		return
	}
	r.State, r.Layer, r.Fault = Partial, Protocol, strings.Join(lacks, ", ")
	if !served && m.Path != "" {
		r.Fault = "has not the module " + m.Path
		r.Go = next
		if r.Advice == "" {
			r.Advice = "if it should have it, check the path in the URL"
		}
	}
}

// Outcomes of the answers to a request.
var (
	used  = modroute.Outcomes{NotFound: modroute.Used, AnyError: modroute.Used}
	next  = modroute.Outcomes{NotFound: modroute.Next, AnyError: modroute.Next}
	stops = modroute.Outcomes{NotFound: modroute.Stops, AnyError: modroute.Next}
	wrong = modroute.Outcomes{NotFound: modroute.Stops, AnyError: modroute.Stops}
	hangs = modroute.Outcomes{NotFound: modroute.Hangs, AnyError: modroute.Hangs}
)

// worse returns the outcomes that leave less.
func worse(a, b modroute.Outcomes) modroute.Outcomes {
	for _, o := range []modroute.Outcomes{hangs, wrong, stops, next} {
		if a == o || b == o {
			return o
		}
	}
	return used
}

// oldest returns the lowest version of a list, or "". Prereleases count only if
// there is no release.
func oldest(list string) string {
	low, pre := "", ""
	for line := range strings.Lines(list) {
		fields := strings.Fields(line)
		if len(fields) == 0 || !semver.IsValid(fields[0]) {
			continue
		}
		v, best := fields[0], &low
		if semver.Prerelease(v) != "" {
			best = &pre
		}
		if *best == "" || semver.Compare(v, *best) < 0 {
			*best = v
		}
	}
	if low == "" {
		return pre
	}
	return low
}

// redirect notes where the first request is led, and refuses what the go command
// refuses: cmd/go/internal/web.securityPreservingHTTPClient.
func (p *probe) redirect(req *http.Request, via []*http.Request) error {
	if req.Context().Value(traced{}) != nil {
		p.report.Redirects = append(p.report.Redirects, Name(req.URL.String()))
	}
	switch {
	case via[0].URL.Scheme == "https" && req.URL.Scheme != "https", req.URL.Scheme != "http" && req.URL.Scheme != "https":
		return &redirectError{"leads from " + via[0].URL.Scheme + " to " + Name(req.URL.String()) + ", where the go command does not follow"}
	case len(via) >= 10:
		return &redirectError{"leads on more than 10 times"}
	case req.URL.Host != via[0].URL.Host: // which must not see the credentials
		req.Header = http.Header{}
	}
	return nil
}

// A redirectError is the end of a chain of redirects.
type redirectError struct{ msg string }

func (e *redirectError) Error() string { return e.msg }

// maxText is how much of an answer is read: more than any list of versions.
const maxText = 1 << 20

// readStart reads what of an answer is looked at.
func readStart(body io.Reader, zip bool) ([]byte, error) {
	if !zip {
		return io.ReadAll(io.LimitReader(body, maxText))
	}
	start := make([]byte, 4)
	n, err := io.ReadFull(body, start)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return start[:n], err
}
