// Package alert finds proxies that send something else than go.sum says. Where
// another proxy has the right file, nothing fails, so the user must be told: the
// proxy, or who stands between, has changed a module.
package alert

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/internal/upstream"
)

// An Alert says that a proxy sent something else than go.sum says. It was not used.
type Alert struct {
	Time    time.Time `json:"time"`
	Proxy   string    `json:"proxy"` // without a password
	Module  string    `json:"module"`
	Version string    `json:"version"`
	File    string    `json:"file"` // "zip" or "go.mod"
	Want    string    `json:"want"` // by go.sum
	Got     string    `json:"got"`
}

func (a Alert) String() string {
	return fmt.Sprintf("alert: %s sent a %s of %s %s with the hash %s, but go.sum has %s; it was not used",
		a.Proxy, a.File, a.Module, a.Version, a.Got, a.Want)
}

// IsLike reports whether two alerts say the same at different times.
func (a Alert) IsLike(b Alert) bool {
	a.Time = b.Time
	return a == b
}

// Of returns the alerts of what was tried for a file: what [upstream.Client.Fetch]
// returns.
func Of(got *upstream.Result, err error) []Alert {
	var alerts []Alert
	for _, tried := range attempts(got, err) {
		wrong, ok := errors.AsType[*modcache.SumError](tried.Err)
		if !ok {
			continue
		}
		version, isMod := strings.CutSuffix(wrong.Module.Version, "/go.mod")
		file := "zip"
		if isMod {
			file = "go.mod"
		}
		want := slices.Compact(slices.Sorted(slices.Values(wrong.Want)))
		alerts = append(alerts, Alert{
			time.Now().UTC().Truncate(time.Second), tried.Source, wrong.Module.Path, version, file, strings.Join(want, " or "), wrong.Got,
		})
	}
	return alerts
}

// attempts returns what was wrong with each source that did not have the file.
func attempts(got *upstream.Result, err error) []upstream.Attempt {
	if got != nil {
		return got.Failed
	}
	if failed, ok := errors.AsType[*upstream.Error](err); ok {
		return failed.Tried
	}
	if absent, ok := errors.AsType[*upstream.NotFoundError](err); ok {
		return absent.Tried
	}
	return nil
}
