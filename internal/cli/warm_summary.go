package cli

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/buildwarm"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/warm"
)

// A warmSummary is what a warm did, as JSON.
type warmSummary struct {
	Toolchain  string        `json:"toolchain,omitempty"` // that was fetched
	Downloaded int           `json:"downloaded"`
	Bytes      int64         `json:"bytes"`
	Seconds    float64       `json:"seconds"`
	Modules    []warmModule  `json:"modules"`
	ByGo       []string      `json:"byGo,omitempty"`
	Failures   []warmFailure `json:"failures,omitempty"`
	NotTried   int           `json:"notTried,omitempty"`

	// Damaged is what was in the module cache before, and go commands cannot use.
	Damaged []finding.Finding `json:"damaged,omitempty"`

	wanted, fetched []module.Version

	Build *buildwarm.Summary `json:"build,omitempty"`
}

type warmModule struct {
	Module     string   `json:"module"`
	Version    string   `json:"version"`
	Files      []string `json:"files"`
	Sources    []string `json:"sources"`
	Bytes      int64    `json:"bytes"`
	VerifiedBy string   `json:"verifiedBy,omitempty"`
}

type warmFailure struct {
	Module  string `json:"module"`
	Version string `json:"version"`
	File    string `json:"file"`
	Error   string `json:"error"`
}

// add adds what was done for the module cache.
func (s *warmSummary) add(sum warm.Summary, incomplete *warm.IncompleteError) {
	s.Downloaded, s.Bytes, s.Seconds, s.Modules = sum.Downloaded, sum.Bytes, sum.Elapsed.Seconds(), []warmModule{}
	s.wanted, s.fetched = sum.Wanted, sum.ByGo
	for _, m := range sum.Modules {
		s.fetched = append(s.fetched, m.Version)
		s.Modules = append(s.Modules, warmModule{m.Path, m.Version.Version, m.Files, m.Sources, m.Bytes, m.VerifiedBy})
	}
	for _, m := range sum.ByGo {
		s.ByGo = append(s.ByGo, m.String())
	}
	if incomplete != nil {
		s.NotTried = incomplete.NotTried
		for _, f := range incomplete.Failures {
			s.Failures = append(s.Failures, warmFailure{f.Path, f.Version, f.What, f.Err.Error()})
		}
	}
}

// text returns the summary in lines to read.
func (s *warmSummary) text() string {
	var done []string
	if s.Downloaded > 0 {
		elapsed := time.Duration(s.Seconds * float64(time.Second)).Round(10 * time.Millisecond)
		done = append(done, fmt.Sprintf("downloaded %s of %s, %s, in %v", count(s.Downloaded, "file"), count(len(s.Modules), "module"), bytesText(s.Bytes), elapsed))
	}
	if n := len(s.ByGo); n > 0 {
		done = append(done, count(n, "module")+" by the go command")
	}
	if s.Toolchain != "" {
		done = append(done, s.Toolchain)
	}
	if len(done) == 0 {
		done = []string{"nothing downloaded"}
	}
	text := strings.Join(done, "; ") + "\n"
	if s.Build != nil {
		text += strings.TrimRight(s.Build.String(), "\n") + "\n"
	}
	return text
}
