// Package sumaudit compares the lines of go.sum with the checksum database. The
// go command asks the database only when it adds a line, and never again
// (golang/go#47752). Nothing is removed from go.sum for that.
package sumaudit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gosum"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/sumclient"
)

// The rules that findings name.
const (
	RuleDiffers    = "sum-differs"     // the database has another hash
	RuleNotThere   = "sum-not-there"   // the database does not know the version
	RuleNotAudited = "sum-not-audited" // the database could not be asked
)

// jobs is how many lines are looked up at once.
const jobs = 16

// maxFailures is how many lookups may fail before the rest is not tried.
const maxFailures = 5

// An Audit compares lines with a database.
type Audit struct {
	Chain  *modroute.Chain // says which modules are looked up at all
	Lookup func(module.Version) (hash string, err error)
	Name   string // of the database

	// OnProgress may be nil. It is called by any goroutine.
	OnProgress func(done, of int)

	Differ []module.Version // after Run: the lines that the database contradicts, as go.sum has them
}

// A line is one that is looked up.
type line struct {
	gosum.Line
	file string
	hash string
	err  error
}

// Run looks up every line with a hash of algorithm h1 in the files. Modules that
// the chain does not look up are counted. What could not be looked up is a
// finding, too. The error is that of ctx.
func (a *Audit) Run(ctx context.Context, root string, files []modinput.SumFile) (*finding.Report, error) {
	report := &finding.Report{Check: "sumdb", Root: root}
	var lines []*line
	private := 0
	for _, f := range files {
		for l := range gosum.All(f.Data) {
			if !l.IsWell() || !strings.HasPrefix(l.Hash(), "h1:") || module.CheckPath(l.Fields[0]) != nil {
				continue
			}
			if a.Chain.Of(l.Fields[0]).Sumdb == "" {
				private++
				continue
			}
			lines = append(lines, &line{Line: l, file: report.Name(f.Path)})
		}
	}
	a.lookup(ctx, lines)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	report.Counts = []finding.Count{{What: "line", N: len(lines)}}
	if private > 0 {
		report.Counts = append(report.Counts, finding.Count{What: "private line", N: private})
	}
	a.judge(report, lines)
	report.Sort()
	return report, nil
}

// errNotTried is the fault of lines that were not looked up because others could
// not be.
var errNotTried = errors.New("not tried")

// lookup looks all lines up.
func (a *Audit) lookup(ctx context.Context, lines []*line) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	done, failed := 0, 0
	work := make(chan *line)
	for range min(jobs, len(lines)) {
		wait.Go(func() {
			for l := range work {
				mu.Lock()
				giveUp := failed >= maxFailures || ctx.Err() != nil
				mu.Unlock()
				if l.err = errNotTried; !giveUp {
					l.hash, l.err = a.Lookup(l.Module())
				}
				mu.Lock()
				if l.err != nil && !errors.Is(l.err, sumclient.ErrUnknown) {
					failed++
				}
				if done++; a.OnProgress != nil {
					a.OnProgress(done, len(lines))
				}
				mu.Unlock()
			}
		})
	}
	for _, l := range lines {
		work <- l
	}
	close(work)
	wait.Wait()
}

// judge reports what was found.
func (a *Audit) judge(report *finding.Report, lines []*line) {
	var failed []*line
	for _, l := range lines {
		m := l.Module()
		f := finding.Finding{File: l.file, Line: l.N, Module: m.Path + "@" + strings.TrimSuffix(m.Version, "/go.mod")}
		what := m.Path + " " + m.Version
		switch {
		case errors.Is(l.err, sumclient.ErrUnknown):
			f.Rule, f.Severity, f.Message = RuleNotThere, finding.Low, a.Name+" does not know "+what
			f.Hint = "if it is not public, name it in private (GOPRIVATE), so that nobody is asked"
		case l.err != nil:
			failed = append(failed, l)
			continue
		case l.hash != l.Hash():
			a.Differ = append(a.Differ, m)
			f.Rule, f.Severity = RuleDiffers, finding.High
			f.Message = fmt.Sprintf("%s is %s here, and %s in %s", what, l.Hash(), l.hash, a.Name)
			f.Hint = "goshim sum diagnose " + f.Module
		default:
			continue
		}
		report.Add(f)
	}
	if len(failed) == 0 {
		return
	}
	first := failed[max(slices.IndexFunc(failed, func(l *line) bool { return l.err != errNotTried }), 0)]
	n := finding.Count{What: "line", N: len(failed)}
	report.Add(finding.Finding{
		Rule: RuleNotAudited, Severity: finding.Medium, File: first.file, Line: first.N,
		Message: fmt.Sprintf("%s not compared: %s", n, first.err), Hint: "run it where " + a.Name + " can be asked",
	})
}
