// Package warm fills the module cache before it is needed: what the go command
// would fetch one after the other, it fetches at once, verified against go.sum.
//
// Only what go.sum has a sum of is fetched here, and only from module proxies.
// The go command itself is asked for the rest: versions without a sum, which
// the checksum database vouches for, and modules that come from their origin.
package warm

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/alert"
	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/shim"
)

// DefaultJobs is how many requests are on the network at once.
const DefaultJobs = 32

// Options say what is fetched, and how.
type Options struct {
	All   bool     // all that go.sum has, so that go mod tidy, go list -m all and go mod verify need no network
	Match string   // patterns as in GOPRIVATE: only these modules; "" for all
	Only  []string // MODULE or MODULE@VERSION: only these, instead of what builds need
	Jobs  int      // requests at once; 0 for DefaultJobs

	Chain   *modroute.Chain
	Fetcher Fetcher

	// May be nil. They are called by any goroutine, and soon return.
	OnProgress func(Progress)         // five times a second
	OnStall    func(Stall)            // a file stands still
	OnWait     func()                 // another process is filling the cache
	OnThrottle func(proxy string)     // a proxy answers 429, so it is asked as fast as it allows
	OnGo       func([]module.Version) // the go command is asked for these
	OnAlert    func(alert.Alert)      // a proxy sent something else than go.sum says
}

// Modules fills the module cache of the target's environment with the modules
// that its builds need, or more; see [Options]. Another process that does so is
// waited for. What is there is not fetched again, so an interrupted call is
// taken up where it ended.
//
// It reads the modfiles in force and their sums, and writes nothing but the
// module cache. The error is an [*IncompleteError] if modules could not be had,
// and that of ctx if it has ended.
func Modules(ctx context.Context, target *shim.Target, opts Options) (Summary, error) {
	w, err := newWarming(target, opts)
	if err != nil {
		return Summary{}, err
	}
	return w.run(ctx)
}

// Complete reports whether the module cache has all that Modules would fetch, at
// the price of a few stat calls for each module.
func Complete(target *shim.Target, opts Options) (bool, error) {
	w, err := newWarming(target, opts)
	if err != nil {
		return false, err
	}
	p, err := w.plan()
	if err != nil {
		return false, err
	}
	texts, zips := p.missing(w.cache)
	return len(texts)+len(zips)+len(w.absent(p.bare)) == 0 && w.readable, nil
}

// A warming is one call of Modules.
type warming struct {
	target   *shim.Target
	opts     Options
	env      *envset.Set
	in       *modinput.Inputs
	cache    *modcache.Cache
	readable bool // every .mod file that decides about the last plan could be read
	start    time.Time
	sum      Summary
}

func newWarming(target *shim.Target, opts Options) (*warming, error) {
	w := &warming{target: target, opts: opts, start: time.Now(), env: target.Vars}
	if w.opts.Jobs == 0 {
		w.opts.Jobs = DefaultJobs
	}
	var err error
	if w.in, err = modinput.Read(target); err != nil {
		return nil, err
	}
	w.cache, err = OpenCache(w.env)
	return w, err
}

// run fetches what is missing, in rounds: the first may bring the .mod files
// that say what else is needed.
func (w *warming) run(ctx context.Context) (Summary, error) {
	var right *modcache.Warmer
	defer func() {
		if right != nil {
			right.Close()
		}
	}()
	var unlisted []Failure
	done := func(err error) (Summary, error) {
		if err == nil && len(unlisted) > 0 {
			err = &IncompleteError{Failures: unlisted}
		}
		w.sum.Elapsed = time.Since(w.start)
		return w.sum, err
	}
	for round := 0; ; round++ {
		p, err := w.plan()
		if err != nil {
			return done(err)
		}
		texts, zips := p.missing(w.cache)
		w.sum.Wanted, unlisted = p.versions(), p.unlisted()
		bare := w.absent(p.bare)
		if len(texts)+len(zips)+len(bare) == 0 {
			if right == nil {
				w.tidy(ctx, p)
			}
			return done(nil)
		}
		if right == nil {
			if right, err = w.wait(ctx); err != nil {
				return done(err)
			}
			if right.Unfinished {
				w.cache.Tidy(p.versions())
			}
			continue // whoever was waited for may have done it
		}
		w.sum.addBroken(w.cache, texts)
		direct, err := w.fetch(ctx, texts, zips)
		if err == nil {
			err = w.byGo(ctx, bare, direct)
		}
		// What go has fetched may bring .mod files, too.
		if err != nil || w.readable && len(bare) == 0 || round > maxRounds {
			return done(err)
		}
	}
}

// maxRounds bounds the rounds; two say all.
const maxRounds = 3

// tidy clears away what one that was killed left, if nothing else is to be done.
// It does not wait for one that is at work.
func (w *warming) tidy(ctx context.Context, p *plan) {
	if !w.cache.Unfinished() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if right, err := w.cache.Warmer(ctx); err == nil {
		w.cache.Tidy(p.versions())
		right.Close()
	}
}

// wait waits for the right to fill the cache.
func (w *warming) wait(ctx context.Context) (*modcache.Warmer, error) {
	if w.opts.OnWait != nil {
		defer time.AfterFunc(time.Second, w.opts.OnWait).Stop()
	}
	return w.cache.Warmer(ctx)
}

// fetch fetches files. It returns those that come from their origin.
func (w *warming) fetch(ctx context.Context, texts, zips []*file) ([]*file, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	e := &engine{
		cache: w.cache, fetcher: w.opts.Fetcher, chain: w.opts.Chain, order: newOrder(w.in), cancel: cancel, onAlert: w.opts.OnAlert,
		limit: newLimit(w.opts.Jobs), running: make(map[*transfer]bool), modules: countModules(texts, zips),
	}
	e.changed = sync.NewCond(&e.mu)
	watching, stop := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { e.watch(watching, &w.opts) })
	e.run(ctx, texts, zips)
	stop()
	watcher.Wait()
	w.sum.add(e.results)
	switch err := context.Cause(ctx); {
	case err != nil && err != errTooMany:
		return nil, err
	case len(e.failures) > 0:
		slices.SortFunc(e.failures, func(a, b Failure) int {
			return strings.Compare(a.Path+"@"+a.Version+a.What, b.Path+"@"+b.Version+b.What)
		})
		return nil, &IncompleteError{e.failures, len(e.texts) + len(e.zips)}
	}
	return e.direct, nil
}

func countModules(texts, zips []*file) int {
	seen := make(map[module.Version]bool)
	for _, f := range slices.Concat(texts, zips) {
		seen[f.Version] = true
	}
	return len(seen)
}
