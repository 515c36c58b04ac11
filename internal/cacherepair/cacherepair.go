// Package cacherepair makes anew what is wrong in the module cache: the directory
// of a module from its zip, and from module proxies only what cannot be had here.
// What go.sum says decides; nothing that has another hash is taken, and go.sum
// itself is not touched.
package cacherepair

import (
	"context"
	"os"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
)

// A Fetcher fetches files of module proxies. It is an [upstream.Client].
type Fetcher interface {
	Fetch(context.Context, *modroute.Chain, upstream.Request) (*upstream.Result, error)
}

// A Repairer repairs a module cache.
type Repairer struct {
	Cache   *modcache.Cache
	Chain   *modroute.Chain
	Fetcher Fetcher

	// Origin writes the file of a version to dst, as its origin has it: where the
	// chain comes to direct.
	Origin func(ctx context.Context, m module.Version, ext string, dst *os.File) error

	// OnDone may be nil. It is called when so many modules are done with.
	OnDone func(done, of int)
}

// A Wrong is a source that gave other content than go.sum says.
type Wrong struct {
	Source string `json:"source"` // without a password
	File   string `json:"file"`
	Fault  string `json:"fault"`
}

// An Outcome is what has become of one module version.
type Outcome struct {
	Module module.Version     `json:"-"`
	Name   string             `json:"module"`         // as path@version
	Parts  []cacheverify.Part `json:"parts"`          // that were made anew or, if Err is not nil, are wrong still
	From   string             `json:"from,omitempty"` // the source, "" if nobody was asked
	Wrong  []Wrong            `json:"wrong,omitempty"`
	Err    error              `json:"-"`
	Error  string             `json:"error,omitempty"` // of Err
}

// Repair makes anew what is bad, and returns what has become of each, in the same
// order. The error is that of ctx.
func (r *Repairer) Repair(ctx context.Context, bad []cacheverify.Bad) ([]Outcome, error) {
	all := make([]Outcome, len(bad))
	work := make(chan int)
	var wait sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range min(len(bad), 2*runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := range work {
				all[i] = r.repair(ctx, bad[i])
				mu.Lock()
				done++
				if r.OnDone != nil {
					r.OnDone(done, len(bad))
				}
				mu.Unlock()
			}
		})
	}
	for i := range bad {
		work <- i
	}
	close(work)
	wait.Wait()
	return all, context.Cause(ctx)
}

// repair repairs one version.
func (r *Repairer) repair(ctx context.Context, bad cacheverify.Bad) Outcome {
	f := &fetching{Repairer: r, m: bad.Module, bad: bad}
	out := Outcome{Module: bad.Module, Name: bad.Module.String()}
	steps := []struct {
		parts []cacheverify.Part
		do    func(context.Context) ([]cacheverify.Part, error)
	}{
		{[]cacheverify.Part{cacheverify.Zip, cacheverify.ZipHash, cacheverify.Dir}, f.zip},
		{[]cacheverify.Part{cacheverify.Mod}, f.mod},
		{[]cacheverify.Part{cacheverify.Info}, f.info},
		{[]cacheverify.Part{cacheverify.List}, f.list},
	}
	var failed []cacheverify.Part
	for _, step := range steps {
		wanted := slices.DeleteFunc(slices.Clone(bad.Parts), func(p cacheverify.Part) bool { return !slices.Contains(step.parts, p) })
		if len(wanted) == 0 {
			continue
		}
		done, err := step.do(ctx)
		if err != nil {
			failed = append(failed, wanted...)
			if out.Err == nil {
				out.Err, out.Error = err, err.Error()
			}
			continue
		}
		out.Parts = append(out.Parts, done...)
	}
	if out.Err != nil {
		out.Parts = failed
	}
	out.From, out.Wrong = f.from, f.wrong
	return out
}
