package upstream

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/goshim/goshim/internal/modroute"
)

// An Attempt is what one source had to say.
type Attempt struct {
	Source string // without a password
	Status int    // of the last answer, or 0
	Times  int    // how often it was asked; 0: its breaker is open
	Err    error
}

// NotFound reports whether the source says that there is no such file.
func (a Attempt) NotFound() bool {
	return a.Status == http.StatusNotFound || a.Status == http.StatusGone
}

// passedOver reports whether the source was not asked, because its breaker is open.
func (a Attempt) passedOver() bool { return a.Times == 0 }

func (a Attempt) String() string {
	s := a.Source + ": " + a.Err.Error()
	if a.Times > 1 {
		s += fmt.Sprintf(" (%d times)", a.Times)
	}
	return s
}

// A NotFoundError says that no source has the file. It is [fs.ErrNotExist].
type NotFoundError struct {
	File   string
	Tried  []Attempt
	Origin bool   // the chain comes to direct: the module's origin may be asked
	Off    bool   // the chain comes to off
	ID     string // X-Request-ID
}

func (e *NotFoundError) Error() string {
	text := "reading " + e.File + ": "
	switch {
	case e.Origin && len(e.Tried) == 0:
		return text + "it comes from its origin (direct), no proxy is asked"
	case e.Off && len(e.Tried) == 0:
		return text + "no source may be asked (off)"
	}
	text += join(e.Tried)
	if e.Origin {
		text += "; next is its origin (direct)"
	}
	return text + requestText(e.ID)
}

// Is reports whether the target is [fs.ErrNotExist].
func (e *NotFoundError) Is(target error) bool { return target == fs.ErrNotExist }

// Gone reports whether the last source answered 410 rather than 404.
func (e *NotFoundError) Gone() bool {
	return len(e.Tried) > 0 && e.Tried[len(e.Tried)-1].Status == http.StatusGone
}

// An Error says that the file could not be fetched, and names each source that
// was tried and its fault.
type Error struct {
	File  string
	Tried []Attempt
	ID    string // X-Request-ID
}

func (e *Error) Error() string {
	return "reading " + e.File + ": " + join(e.Tried) + requestText(e.ID)
}

// Unwrap returns the faults, so that errors.As finds a caller's own from
// [Request.Check].
func (e *Error) Unwrap() []error {
	var errs []error
	for _, a := range e.Tried {
		errs = append(errs, a.Err)
	}
	return errs
}

// Timeout reports whether a source that was asked did not answer in time.
func (e *Error) Timeout() bool {
	for _, a := range e.Tried {
		var stall *stallError
		if errors.As(a.Err, &stall) {
			return true
		}
	}
	return false
}

// First returns the first source that was tried, by the error of a [Client.Fetch],
// and its fault. Of another error, the source is "".
func First(err error) (source string, fault error) {
	var tried []Attempt
	if failed := (*Error)(nil); errors.As(err, &failed) {
		tried = failed.Tried
	} else if absent := (*NotFoundError)(nil); errors.As(err, &absent) {
		tried = absent.Tried
	}
	if len(tried) == 0 {
		return "", err
	}
	return tried[0].Source, tried[0].Err
}

func join(tried []Attempt) string {
	var all []string
	for _, a := range tried {
		all = append(all, a.String())
	}
	return strings.Join(all, "; ")
}

func requestText(id string) string { return " (request " + id + ")" }

// An outcome is the end of a fetch that found nothing.
type outcome struct {
	file, id string
	tried    []Attempt
	last     string // Direct or Off, where the chain ended so
}

// result returns a source's result, if there is one, with what was wrong with the
// sources before it.
func (o outcome) result(r *Result) *Result {
	if r != nil {
		r.Failed = slices.DeleteFunc(slices.Clone(o.tried), Attempt.NotFound)
	}
	return r
}

// err returns the error of the outcome. As in cmd/go/internal/modfetch.TryProxies,
// what the origin says counts most, then a fault, then that nothing was found.
func (o outcome) err() error {
	notFound := &NotFoundError{o.file, o.tried, o.last == modroute.Direct, o.last == modroute.Off, o.id}
	if notFound.Origin {
		return notFound
	}
	for _, a := range o.tried {
		if !a.NotFound() {
			return &Error{o.file, o.tried, o.id}
		}
	}
	return notFound
}

// A StatusError is an answer other than 200.
type StatusError struct {
	Status     int
	RetryAfter time.Duration // 0 if the answer names none
	Detail     string        // first line of a plain text, or ""
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
	if e.Detail != "" && !strings.EqualFold(e.Detail, http.StatusText(e.Status)) {
		text += ": " + e.Detail
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(", to be asked again in %v", e.RetryAfter)
	}
	return strings.TrimSpace(text)
}

// A ContentError is an answer with the status 200 that is not the file.
type ContentError struct{ Err error }

func (e *ContentError) Error() string { return e.Err.Error() }
func (e *ContentError) Unwrap() error { return e.Err }

// A stallError says that a proxy did not answer, or stopped answering.
type stallError struct {
	after   time.Duration
	started bool // the body had begun
	slow    bool // and went on, byte by byte
}

func (e *stallError) Error() string {
	if e.slow {
		return fmt.Sprintf("less than %d bytes of the answer in %v", leastProgress, e.after)
	}
	if e.started {
		return fmt.Sprintf("the answer stopped for %v", e.after)
	}
	return fmt.Sprintf("no answer for %v", e.after)
}

// Timeout makes it a timeout for those who ask.
func (e *stallError) Timeout() bool { return true }

// A finalError is a fault that another attempt cannot mend.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }
