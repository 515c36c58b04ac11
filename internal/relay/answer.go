package relay

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/upstream"
)

// writeError answers with an error: 404 and 410 as the sources said, else the
// status of the source that failed, or 502 or 504 if it gave none. What the sources
// said comes first, because the go command shows it after the relay's own URL,
// up to 8 lines and 648 bytes of a plain text.
func (s *Server) writeError(w http.ResponseWriter, a ask, err error) {
	code, tried, end := http.StatusBadGateway, []upstream.Attempt(nil), ""
	notFound, isNotFound := errors.AsType[*upstream.NotFoundError](err)
	failed, isFailed := errors.AsType[*upstream.Error](err)
	switch {
	case isNotFound:
		code, tried = http.StatusNotFound, notFound.Tried
		if notFound.Gone() {
			code = http.StatusGone
		}
		end = s.noSource(a, notFound)
		if notFound.Origin {
			code = http.StatusNotFound
		}
		if s.endsHere(a, notFound) {
			code, end = http.StatusForbidden, "its origin is not asked: its route has no direct"
		}
	case isFailed:
		code, tried, end = failedStatus(failed), failed.Tried, "goshim relay, request "+failed.ID
	default:
		end = "goshim relay: " + err.Error()
	}
	http.Error(w, strings.Join(lines(tried, end), "\n"), code)
}

// noSource says what becomes of a file that no source of a stage has.
func (s *Server) noSource(a ask, e *upstream.NotFoundError) string {
	switch {
	case e.Origin && hasDirect(s.cfg.Chain):
		return "the module's origin is next (direct)"
	case e.Origin:
		return "its origin is not asked: the list of proxies has no direct"
	case e.Off && len(e.Tried) == 0:
		return "goshim relay: no source may be asked (off)"
	case len(e.Tried) == 0:
		return "goshim relay: its proxies are asked by a later entry of GOPROXY"
	}
	return ""
}

// failedStatus returns the status that says most of a failure: that of the first
// source that failed.
func failedStatus(e *upstream.Error) int {
	for _, a := range e.Tried {
		if a.Status >= http.StatusBadRequest && !a.NotFound() {
			return a.Status
		}
	}
	if e.Timeout() {
		return http.StatusGatewayTimeout
	}
	return http.StatusBadGateway
}

// endsHere reports whether go must not take a file that is not found as a reason
// to ask the module's origin: GOPROXY ends with direct for other modules, and the
// route of this one does not. What go asks in search of a module, by longer paths
// than its own, stays not found, or it would find none; but what a module holds
// comes from the route or from nowhere, and of off nothing does.
func (s *Server) endsHere(a ask, e *upstream.NotFoundError) bool {
	if e.Origin || !hasDirect(s.cfg.Chain) || !s.isLast(a) || strings.HasPrefix(a.file, "sumdb/") {
		return false
	}
	isOff := e.Off && len(e.Tried) == 0
	return isOff || strings.HasSuffix(a.file, ".zip") || strings.HasSuffix(a.file, ".mod")
}

// Of an error's text.
const (
	maxLines = 7
	maxText  = 600
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
