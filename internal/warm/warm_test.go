package warm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
)

func parse(t *testing.T, text string) *modfile.File {
	t.Helper()
	f, err := modfile.Parse("go.mod", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestOrder(t *testing.T) {
	o := newOrder(&modinput.Inputs{Roots: modgraph.Roots{Mains: []modgraph.Main{{File: parse(t, `module example.com/app
require (
	example.com/a v1.0.0
	example.com/b v1.0.0
	example.com/deep v1.0.0 // indirect
)`)}}}})
	o.add("example.com/a", parse(t, "module example.com/a\nrequire example.com/base v1.0.0\nrequire example.com/b v1.0.0\n"))
	o.add("example.com/b", parse(t, "module example.com/b\nrequire example.com/base v1.0.0\nrequire example.com/mid v1.0.0\n"))
	o.add("example.com/mid", parse(t, "module example.com/mid\nrequire example.com/base v1.1.0\nrequire example.com/deep v1.0.0\n"))
	for path, want := range map[string]int{
		"example.com/a":       1 * 1, // only the main module requires it
		"example.com/b":       1 * 2, // so does a
		"example.com/mid":     2 * 1,
		"example.com/base":    2 * 3, // by the shortest way; a, b and mid require it
		"example.com/deep":    3 * 1, // the main module's line is marked as indirect
		"example.com/unknown": 0,
	} {
		if got := o.priority(path); got != want {
			t.Errorf("%s: got %d, want %d", path, got, want)
		}
	}
}

func TestLimit(t *testing.T) {
	l := newLimit(32)
	var got []int
	for _, failures := range []int64{0, 1, 1, 3, 9, 9, 20, 21, 22, 23, 24, 24, 24} {
		l.tune(failures)
		got = append(got, l.now)
	}
	want := []int{32, 16, 20, 10, 5, 9, 4, 2, 1, 1, 1, 5, 9}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// A fetcher answers as the function says.
type fetcher func(context.Context, upstream.Request) (*upstream.Result, error)

func (f fetcher) Fetch(ctx context.Context, _ *modroute.Chain, r upstream.Request) (*upstream.Result, error) {
	return f(ctx, r)
}
func (fetcher) State() []upstream.ProxyState { return nil }

func newEngine(t *testing.T, f fetcher, jobs int) (*engine, context.Context) {
	t.Helper()
	cache, err := modcache.Open(t.TempDir(), true)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	t.Cleanup(func() { cancel(nil) })
	e := &engine{
		cache: cache, fetcher: f, order: newOrder(&modinput.Inputs{}), cancel: cancel, limit: newLimit(jobs), running: make(map[*transfer]bool),
		chain: &modroute.Chain{Proxies: []modroute.Source{{URL: "https://me:secret@proxy.example.com"}, {URL: "https://second.example.com/x"}, {URL: modroute.Direct}}},
	}
	e.changed = sync.NewCond(&e.mu)
	return e, ctx
}

func infos(n int) (all []*file) {
	for i := range n {
		all = append(all, &file{&need{Version: module.Version{Path: fmt.Sprintf("example.com/m%d", i), Version: "v1.0.0"}, info: true}, "info"})
	}
	return all
}

func TestStall(t *testing.T) {
	asked := make(chan bool)
	e, ctx := newEngine(t, func(ctx context.Context, _ upstream.Request) (*upstream.Result, error) {
		asked <- true
		<-ctx.Done()
		return nil, ctx.Err()
	}, 1)
	done := make(chan bool)
	go func() { e.run(ctx, infos(2), nil); close(done) }()
	<-asked
	if _, stalls := e.look(time.Now().Add(4 * time.Second)); len(stalls) > 0 {
		t.Errorf("reported too soon: %v", stalls)
	}
	_, stalls := e.look(time.Now().Add(6 * time.Second))
	want := []Stall{{
		Module: module.Version{Path: "example.com/m0", Version: "v1.0.0"}, What: "info", Age: 6 * time.Second,
		URLs: []string{"https://me:xxxxx@proxy.example.com/example.com/m0/@v/v1.0.0.info", "https://second.example.com/x/example.com/m0/@v/v1.0.0.info"},
	}}
	if diff := cmp.Diff(want, stalls); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if _, stalls := e.look(time.Now().Add(12 * time.Second)); len(stalls) > 0 {
		t.Errorf("reported again: %v", stalls)
	}
	e.cancel(context.Canceled)
	<-done
}

// After some failures, the rest is not tried.
func TestTooManyFailures(t *testing.T) {
	e, ctx := newEngine(t, func(context.Context, upstream.Request) (*upstream.Result, error) {
		return nil, &upstream.Error{File: "x", Tried: []upstream.Attempt{{Source: "https://proxy.example.com", Status: http.StatusForbidden, Err: errors.New("403 Forbidden")}}}
	}, 1)
	e.run(ctx, infos(20), nil)
	if got := context.Cause(ctx); got != errTooMany || len(e.failures) != maxFailures || len(e.texts) != 20-maxFailures {
		t.Errorf("%v; %d failures, %d left", got, len(e.failures), len(e.texts))
	}
}

// No more requests than the limit are on the network.
func TestJobs(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	e, ctx := newEngine(t, func(_ context.Context, r upstream.Request) (*upstream.Result, error) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(time.Millisecond)
		mu.Lock()
		now--
		mu.Unlock()
		return &upstream.Result{Body: []byte(`{"Version":"v1.0.0","Time":"2024-01-02T03:04:05Z"}`)}, nil
	}, 3)
	e.run(ctx, infos(40), nil)
	if most != 3 || len(e.results) != 40 || len(e.failures) > 0 {
		t.Errorf("%d at once, %d results, failures %v", most, len(e.results), e.failures)
	}
}
