package warm

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/alert"
	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
)

// A Fetcher fetches files of module proxies. It is an [upstream.Client].
type Fetcher interface {
	Fetch(context.Context, *modroute.Chain, upstream.Request) (*upstream.Result, error)
	State() []upstream.ProxyState
}

// maxFailures is how many files may fail before the rest is not tried: then it
// is not the files.
const maxFailures = 5

// backlog is how many zips may be waiting to be unpacked before no other is
// asked for: enough that the processors have work, and few enough that the
// order in which zips are asked for can follow the graph.
func backlog() int { return 2*runtime.GOMAXPROCS(0) + 2 }

// An engine fetches files, many at once.
type engine struct {
	cache   *modcache.Cache
	fetcher Fetcher
	chain   *modroute.Chain
	order   *order
	modules int // of all files
	cancel  context.CancelCauseFunc
	onAlert func(alert.Alert) // or nil

	mu       sync.Mutex
	changed  *sync.Cond // what next looks at
	texts    []*file    // to be fetched, in this order
	zips     []*file    // to be fetched, by priority
	limit    limit
	running  map[*transfer]bool
	onNet    int // of those, how many are on the network
	zipsNet  int // of those, how many are zips
	landed   int // zips that are fetched and not unpacked
	bytes    int64
	results  []result
	failures []Failure
	direct   []*file // that come from the origin, which the go command asks

	throttled bool // a proxy has answered 429, and requests to it wait for their turn
	told      bool // that was reported
}

// A transfer is a file that is being fetched.
type transfer struct {
	*file
	start  time.Time
	dst    *os.File // or nil
	onNet  bool
	size   int64     // when last looked at
	moved  time.Time // when it was seen to grow
	stalls bool      // that was reported
}

// A result is a file that was fetched.
type result struct {
	*file
	source string
	bytes  int64
}

// run fetches files. It returns when all are done, or have failed, or ctx has
// ended.
func (e *engine) run(ctx context.Context, texts, zips []*file) {
	e.mu.Lock()
	e.texts, e.zips = texts, zips
	e.mu.Unlock()
	stop := context.AfterFunc(ctx, e.wake)
	defer stop()
	var wg sync.WaitGroup
	for t := e.next(ctx); t != nil; t = e.next(ctx) {
		wg.Go(func() { e.finish(ctx, t, e.transfer(ctx, t)) })
	}
	wg.Wait()
}

func (e *engine) wake() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.changed.Broadcast()
}

// next waits until a file may be asked for. It returns nil if there is none
// left.
func (e *engine) next(ctx context.Context) *transfer {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ctx.Err() == nil && len(e.texts)+len(e.zips) > 0 {
		if e.onNet < e.limit.now {
			if f := e.pick(); f != nil {
				now := time.Now()
				t := &transfer{file: f, start: now, moved: now}
				e.running[t] = true
				e.setOnNet(t, true)
				return t
			}
		}
		e.changed.Wait()
	}
	return nil
}

// pick takes a file from those that are left. Zips get half of the network as
// long as there are others, so that the processors have work from the first.
func (e *engine) pick() *file {
	wantsZip := e.zipsNet < (e.limit.now+1)/2 || len(e.texts) == 0
	if len(e.zips) > 0 && wantsZip && e.landed < backlog() {
		best := 0
		for i, f := range e.zips {
			if e.order.priority(f.Path) > e.order.priority(e.zips[best].Path) {
				best = i
			}
		}
		f := e.zips[best]
		e.zips = append(e.zips[:best], e.zips[best+1:]...)
		return f
	}
	if len(e.texts) > 0 {
		f := e.texts[0]
		e.texts = e.texts[1:]
		return f
	}
	return nil
}

// setOnNet says whether the transfer is on the network. The caller has the lock.
func (e *engine) setOnNet(t *transfer, on bool) {
	if t.onNet == on {
		return
	}
	n := -1
	if on {
		n = 1
	}
	t.onNet = on
	e.onNet += n
	if t.ext == "zip" {
		e.zipsNet += n
	}
	e.changed.Broadcast()
}

// transfer fetches one file into the cache.
func (e *engine) transfer(ctx context.Context, t *transfer) error {
	name, err := modcache.File(t.Version, t.ext)
	if err != nil {
		return err
	}
	request := upstream.Request{Module: t.Path, File: name}
	fetch := func(dst *os.File, check func() error) error {
		request.Dst = dst
		request.Check = func() error { return e.check(t, check) }
		e.mu.Lock()
		t.dst, t.start, t.moved = dst, time.Now(), time.Now() // the lock of the version may have taken its time
		e.mu.Unlock()
		return e.fetch(ctx, t, request)
	}
	switch t.ext {
	case "zip":
		return e.cache.AddZip(ctx, t.Version, t.zipSums, fetch)
	case "mod":
		return e.addMod(t, fetch)
	}
	return e.addInfo(ctx, t, request)
}

// fetch asks the sources and notes which had the file.
func (e *engine) fetch(ctx context.Context, t *transfer, r upstream.Request) error {
	got, err := e.fetcher.Fetch(ctx, e.chain, r)
	if err != nil {
		return err
	}
	for _, a := range alert.Of(got, nil) { // the error of a failure says it
		if e.onAlert != nil {
			e.onAlert(a)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.setOnNet(t, false)
	t.dst = nil
	e.bytes += got.Size
	e.results = append(e.results, result{t.file, got.Source, got.Size})
	return nil
}

// check checks a file that has arrived: off the network, which the next one may
// have. A fault of this machine ends everything; others are the source's.
func (e *engine) check(t *transfer, check func() error) error {
	e.mu.Lock()
	e.setOnNet(t, false)
	e.landed++
	e.mu.Unlock()
	err := check()
	var path *fs.PathError
	var link *os.LinkError
	if errors.As(err, &path) || errors.As(err, &link) {
		e.cancel(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.landed--
	if err != nil {
		e.setOnNet(t, true) // the next source may be asked
	}
	e.changed.Broadcast()
	return err
}

// addMod adds a .mod file and learns what it requires.
func (e *engine) addMod(t *transfer, fetch func(*os.File, func() error) error) error {
	if err := e.cache.AddMod(t.Version, t.modSums, fetch); err != nil {
		return err
	}
	e.mu.Lock()
	matters := len(e.zips) > 0
	e.mu.Unlock()
	if !matters {
		return nil
	}
	data, err := e.cache.ReadMod(t.Version)
	if err != nil {
		return err
	}
	if f, err := modfile.ParseLax("go.mod", data, nil); err == nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.order.add(t.Path, f)
	}
	return nil
}

func (e *engine) addInfo(ctx context.Context, t *transfer, r upstream.Request) error {
	got, err := e.fetcher.Fetch(ctx, e.chain, r)
	if err != nil {
		return err
	}
	if err := e.cache.WriteInfo(t.Version, got.Body); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.bytes += got.Size
	e.results = append(e.results, result{t.file, got.Source, got.Size})
	return nil
}

// finish notes the end of a transfer.
func (e *engine) finish(ctx context.Context, t *transfer, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.setOnNet(t, false)
	delete(e.running, t)
	e.changed.Broadcast()
	if err == nil || ctx.Err() != nil {
		return
	}
	var absent *upstream.NotFoundError
	if errors.As(err, &absent) && absent.Origin {
		e.direct = append(e.direct, t.file)
		return
	}
	e.failures = append(e.failures, Failure{t.Path, t.Version.Version, t.ext, err})
	if len(e.failures) == maxFailures {
		e.cancel(errTooMany)
	}
}

var errTooMany = errors.New("too many files have failed")
