package relay

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/alert"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
)

// A report is what came of a request for a file, for the session that the request
// came from.
type report struct {
	Module string        `json:"module,omitempty"` // path@version, if a zip came
	Source string        `json:"source,omitempty"` // that it came from
	Alerts []alert.Alert `json:"alerts,omitempty"`

	// Origin is what was wrong with the proxies, if the module's origin is asked
	// because they failed.
	Origin []string `json:"origin,omitempty"`
}

// reportHeader has the report, for sessions.
const reportHeader = "Goshim-Report"

// reportOf returns the report of a file that was fetched, or of the error.
func (s *Server) reportOf(file string, got *lent, err error) report {
	if err == nil {
		r := report{Alerts: alert.Of(got.result, nil)}
		r.comesFrom(file, got.result.Source)
		return r
	}
	r := report{Alerts: alert.Of(nil, err)}
	notFound, ok := errors.AsType[*upstream.NotFoundError](err)
	if !ok || !notFound.Origin || !hasDirect(s.cfg.Chain) {
		return r
	}
	r.comesFrom(file, "its origin ("+modroute.Direct+")")
	for _, a := range notFound.Tried {
		if !a.NotFound() {
			r.Origin = append(r.Origin, a.String())
		}
	}
	return r
}

// comesFrom notes the source of a file, if that is a zip.
func (r *report) comesFrom(file, source string) {
	path, ok := moduleOf(file)
	_, name, _ := strings.Cut(file, "/@v/")
	escaped, isZip := strings.CutSuffix(name, ".zip")
	if version, err := module.UnescapeVersion(escaped); ok && isZip && err == nil {
		r.Module, r.Source = path+"@"+version, source
	}
}

// isEmpty reports whether there is nothing to tell.
func (r report) isEmpty() bool {
	return r.Module == "" && len(r.Alerts) == 0 && len(r.Origin) == 0
}

// maxAlerts is how many alerts a relay keeps.
const maxAlerts = 100

// tell keeps the report's alerts, and passes it on to the session.
func (s *Server) tell(w http.ResponseWriter, r report) {
	if r.isEmpty() {
		return
	}
	s.mu.Lock()
	for _, a := range r.Alerts {
		if len(s.alerts) < maxAlerts && !slices.ContainsFunc(s.alerts, a.IsLike) {
			s.alerts = append(s.alerts, a)
		}
	}
	s.mu.Unlock()
	if s.observe != nil {
		s.observe(r)
		return
	}
	if text, err := json.Marshal(r); err == nil {
		w.Header().Set(reportHeader, string(text))
	}
}

// A Log says what a session has to tell while its command runs. Its functions may
// be called by many goroutines.
type Log struct {
	Alert func(text string) // once for each text, like the others
	Warn  func(text string)
	Trace func(text string) // where each module comes from
}

// A teller logs what reports say, and nothing twice.
type teller struct {
	log Log

	mu   sync.Mutex
	told map[string]bool
}

// first reports whether something is to be told for the first time.
func (t *teller) first(what string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.told == nil {
		t.told = make(map[string]bool)
	}
	first := !t.told[what]
	t.told[what] = true
	return first
}

func (t *teller) tell(r report) {
	for _, a := range r.Alerts {
		t.say(t.log.Alert, a.String())
	}
	if len(r.Origin) > 0 && t.first("origin") { // each file has other attempts
		t.say(t.log.Warn, "modules come from their origin ("+modroute.Direct+"), because "+strings.Join(r.Origin, "; "))
	}
	if r.Module != "" {
		t.say(t.log.Trace, r.Module+" comes from "+r.Source)
	}
}

func (t *teller) say(log func(string), text string) {
	if log != nil && t.first(text) {
		log(diag.Printable(text))
	}
}
