package cli

import (
	"bytes"
	"testing"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
	"github.com/goshim/goshim/internal/warm"
)

// TestHintPrivate wants one line for each host that looks private and is refused, and
// none for others.
func TestHintPrivate(t *testing.T) {
	var out bytes.Buffer
	a := &App{Stderr: &out}
	chain := &modroute.Chain{Private: "git.own.example.com"}
	refused := &upstream.Error{Tried: []upstream.Attempt{{Source: "https://p.example.com", Status: 403, Err: &upstream.StatusError{Status: 403}}}}
	failed := &upstream.Error{Tried: []upstream.Attempt{{Source: "https://p.example.com", Status: 500, Err: &upstream.StatusError{Status: 500}}}}
	a.hintPrivate(chain, &warm.IncompleteError{Failures: []warm.Failure{
		{Path: "git.corp.example.com/a", Err: refused},
		{Path: "git.corp.example.com/b", Err: refused},
		{Path: "git.own.example.com/c", Err: refused},
		{Path: "github.com/d/e", Err: refused},
		{Path: "gitlab.example.com/f", Err: failed},
	}})
	want := "goshim: hint: if git.corp.example.com/a is private, add \"git.corp.example.com\" to private, so that this proxy is not asked\n"
	if got := out.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
