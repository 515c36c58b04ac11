package warm

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modcache"
)

// stallAfter is how long a file may stand still until that is reported.
const stallAfter = 5 * time.Second

// A Stall is a file that has not moved for a while. It is reported once; what
// ends it are the time limits of the proxies.
type Stall struct {
	Module module.Version
	What   string   // "zip", "mod" or "info"
	URLs   []string // where it comes from, without passwords; more than one are asked in turn
	Age    time.Duration
	Locked bool // it is a go command beside that is waited for: it has the lock of the version
}

// Progress is how far a warm is.
type Progress struct {
	Modules int   // that are whole or done with
	Of      int   // that were missing
	Bytes   int64 // fetched
	Elapsed time.Duration
}

// watch reports progress and stalls, and tunes the limit, until ctx ends.
func (e *engine) watch(ctx context.Context, opts *Options) {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	start := time.Now()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			progress, stalls := e.look(now)
			progress.Elapsed = now.Sub(start)
			if opts.OnProgress != nil {
				opts.OnProgress(progress)
			}
			if opts.OnStall != nil {
				for _, s := range stalls {
					opts.OnStall(s)
				}
			}
			if n%5 == 0 {
				e.tune(opts)
			}
		}
	}
}

// look looks at the transfers on the network.
func (e *engine) look(now time.Time) (p Progress, stalls []Stall) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p.Bytes = e.bytes
	for t := range e.running {
		if t.dst != nil {
			if info, err := t.dst.Stat(); err == nil {
				if info.Size() != t.size {
					t.size, t.moved = info.Size(), now
				}
				p.Bytes += info.Size()
			}
		}
		if e.throttled {
			t.moved = now // it waits for its turn
		}
		if age := now.Sub(t.moved); t.onNet && age >= stallAfter && !t.stalls {
			t.stalls = true
			stalls = append(stalls, Stall{t.Version, t.ext, e.urls(t.file), age.Round(time.Second), t.ext == "zip" && t.dst == nil})
		}
	}
	left := make(map[module.Version]bool)
	for _, f := range slices.Concat(e.texts, e.zips) {
		left[f.Version] = true
	}
	for t := range e.running {
		left[t.Version] = true
	}
	p.Of = e.modules
	p.Modules = e.modules - len(left)
	return p, stalls
}

// tune follows how the proxies do.
func (e *engine) tune(opts *Options) {
	failures, throttled := int64(0), ""
	for _, s := range e.fetcher.State() {
		failures += s.Failures
		if s.Throttled {
			throttled = s.URL
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.limit.tune(failures)
	if throttled != "" && !e.told && opts.OnThrottle != nil {
		e.told = true
		opts.OnThrottle(throttled)
	}
	e.throttled = throttled != ""
	e.changed.Broadcast()
}

// urls returns where a file comes from.
func (e *engine) urls(f *file) []string {
	name, err := modcache.File(f.Version, f.ext)
	if err != nil {
		return nil
	}
	var all []string
	for _, s := range e.chain.Of(f.Path).Sources {
		if u, err := url.Parse(s.URL); err == nil && s.IsProxy() {
			all = append(all, strings.TrimSuffix(u.Redacted(), "/")+"/"+name)
		}
	}
	return all
}
