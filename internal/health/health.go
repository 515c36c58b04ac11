// Package health says how the proxies of a chain are: it asks each of them as
// the go command would, layer by layer, and keeps the answers for a while.
//
// # Layers
//
// A probe goes up the layers and ends at the one that fails: dns, tcp, tls,
// http, auth, protocol. The protocol is what the go command asks a proxy for:
// list, info, mod, zip, @latest, and the checksum database behind the proxy.
//
// # States
//
// A proxy is up if it gives all that it is asked for, partial if it gives some,
// throttled if it answers 429, down otherwise. A proxy that answers 404 to all
// about a module is partial: it works, but has not that module.
//
// # Names
//
// A proxy is asked about one module only, of which [Prober] chooses the name:
// never one that [modroute.Chain] does not send to that proxy.
package health

import (
	"slices"
	"strings"
	"time"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modroute"
)

// A State says how much a proxy does.
type State string

// The states of a proxy.
const (
	Up        State = "up"
	Partial   State = "partial"
	Throttled State = "throttled"
	Down      State = "down"
)

// Serves reports whether a go command gets modules from a proxy in this state.
func (s State) Serves() bool { return s == Up || s == Partial }

// A Layer is a step of a probe, in which it may fail.
type Layer string

// The layers of a probe, in their order. A file:// proxy has only the last.
const (
	DNS      Layer = "dns"
	TCP      Layer = "tcp"
	TLS      Layer = "tls"
	HTTP     Layer = "http"
	Auth     Layer = "auth"
	Protocol Layer = "protocol"
)

// A Report is the result of a probe. It holds no password.
type Report struct {
	Proxy      string     `json:"proxy"` // its URL, without user and password
	State      State      `json:"state"`
	Layer      Layer      `json:"layer,omitempty"`  // that failed or lacks something
	Fault      string     `json:"fault,omitempty"`  // what failed there
	Advice     string     `json:"advice,omitempty"` // what to do about it
	Status     int        `json:"status,omitempty"` // of the first answer
	RetryAfter int        `json:"retryAfterSeconds,omitempty"`
	Redirects  []string   `json:"redirects,omitempty"` // where the first request was led
	Latency    Latency    `json:"latencyMs"`
	TLSExpires *time.Time `json:"tlsExpires,omitempty"` // the earliest end of a certificate of the chain
	TLSDays    *int       `json:"tlsDays,omitempty"`    // days until then
	Module     string     `json:"module,omitempty"`     // path@version that was asked for
	Parts      []Part     `json:"parts"`                // of the protocol, as far as they were asked for
	Auth       []string   `json:"auth"`                 // kinds of credentials that it asked for or took: "basic", "bearer", [AuthCertificate]
	Addresses  []string   `json:"addresses,omitempty"`  // of its host, as the name servers or the hosts file say
	Checked    time.Time  `json:"checked"`
	Expires    time.Time  `json:"expires"` // until when the report may be taken for true

	// Go is what the go command does here, as in [modroute.Matrix].
	Go modroute.Outcomes `json:"go"`
}

// AuthCertificate is the kind of credentials of a client certificate, which the
// proxy asked for.
const AuthCertificate = "certificate"

// A Latency is the time that each layer took, in milliseconds. It is 0 where a
// layer was not reached, or needed nothing.
type Latency struct {
	DNS   float64 `json:"dns"`
	TCP   float64 `json:"tcp"`
	TLS   float64 `json:"tls"`
	HTTP  float64 `json:"http"` // from the request to the first byte of the answer
	Total float64 `json:"total"`
}

// A Part is something that the go command asks a proxy for.
type Part struct {
	Name   string    `json:"name"`
	State  PartState `json:"state"`
	Detail string    `json:"detail,omitempty"` // what is missing or wrong

	goes modroute.Outcomes // what the go command does with the answer
}

// A PartState says whether a proxy has a part.
type PartState string

// The states of a part.
const (
	OK      PartState = "ok"
	Missing PartState = "missing" // 404 or 410
	Faulty  PartState = "faulty"  // any other answer, or none
)

// Names of the parts.
const (
	PartList   = "list"
	PartInfo   = "info"
	PartMod    = "mod"
	PartZip    = "zip"
	PartOldZip = "old zip" // of the oldest version in the list
	PartLatest = "latest"
	PartSumdb  = "sumdb"

	// PartPrivate is the list of a private module that comes from the proxy. One
	// without it is not partial: the next source of the module may have it.
	PartPrivate = "private"
)

// Has returns the names of the parts that the proxy has.
func (r *Report) Has() []string {
	var names []string
	for _, p := range r.Parts {
		if p.State == OK {
			names = append(names, p.Name)
		}
	}
	return names
}

// Summary returns the fault in the few words that stand behind a proxy's URL
// in an error.
func (r *Report) Summary() string {
	s := r.Fault
	if r.Layer == TLS {
		s = "tls: " + s
	}
	if r.RetryAfter > 0 {
		s += ", retry after " + (time.Duration(r.RetryAfter) * time.Second).String()
	}
	return s
}

// setTLS fills in the end of a certificate, as seen at the time now.
func (r *Report) setTLS(end, now time.Time) {
	days := int(end.Sub(now) / (24 * time.Hour))
	r.TLSExpires, r.TLSDays = &end, &days
	if days < tlsWarnDays && r.Advice == "" {
		r.Advice = "the certificate expires in " + diag.Count(days, "day") + ": have it renewed"
	}
}

// tlsWarnDays is how many days before its end a certificate is warned of.
const tlsWarnDays = 14

// DoesNotServe is the error text for a list of proxies of which none serves, as
// in `no proxy answers: https://a.example.com (refused)`. It is "" if one does,
// or if there are none.
func DoesNotServe(reports []Report) string {
	var each []string
	for i := range reports {
		if reports[i].State.Serves() {
			return ""
		}
		each = append(each, reports[i].Proxy+" ("+reports[i].Summary()+")")
	}
	if len(each) == 0 {
		return ""
	}
	return "no proxy answers: " + strings.Join(each, ", ")
}

// Walk follows a list of sources as the go command does when it asks for a
// module. It returns the last that is asked, and whether it or, where 404 leads
// on, one before it serves. A source without a report counts as one that does.
func Walk(sources []modroute.Source, reports []Report) (at modroute.Source, served bool) {
	for _, s := range sources {
		at = s
		if !s.IsProxy() {
			return s, served || s.URL == modroute.Direct
		}
		i := slices.IndexFunc(reports, func(r Report) bool { return r.Proxy == Name(s.URL) })
		if i < 0 {
			return s, true
		}
		switch reports[i].outcome(s) {
		case modroute.Used:
			return s, true
		case modroute.Next:
			served = served || reports[i].State.Serves()
		default:
			return s, false
		}
	}
	return at, served
}

// outcome returns what the go command does with the answers of a source.
func (r *Report) outcome(s modroute.Source) modroute.Outcome {
	if s.AnyError {
		return r.Go.AnyError
	}
	return r.Go.NotFound
}
