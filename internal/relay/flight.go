package relay

import (
	"bytes"
	"context"
	"io"
	"os"
	"sync"

	"github.com/goshim/goshim/internal/upstream"
)

// flights joins requests for the same file that come at the same time.
type flights struct {
	fetch func(ctx context.Context, a ask) (*content, error)

	mu      sync.Mutex
	running map[ask]*flight
}

// A flight is a fetch that several requests may wait for. It ends early if none
// of them waits any longer.
type flight struct {
	users  int // requests that wait for it or read from it
	cancel context.CancelFunc
	done   chan struct{}
	got    *content
	err    error
}

// get returns the file's content. Release it.
func (fs *flights) get(ctx context.Context, a ask) (*lent, error) {
	f := fs.join(a)
	select {
	case <-f.done:
	case <-ctx.Done():
		fs.part(a, f)
		return nil, context.Cause(ctx)
	}
	if f.err != nil {
		fs.part(a, f)
		return nil, f.err
	}
	return &lent{content: f.got, release: func() { fs.part(a, f) }}, nil
}

// join returns the flight for the file, which it starts if there is none.
func (fs *flights) join(a ask) *flight {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f := fs.running[a]; f != nil {
		f.users++
		return f
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &flight{users: 1, cancel: cancel, done: make(chan struct{})}
	if fs.running == nil {
		fs.running = make(map[ask]*flight)
	}
	fs.running[a] = f
	go func() {
		got, err := fs.fetch(ctx, a)
		fs.mu.Lock()
		defer fs.mu.Unlock()
		f.got, f.err = got, err
		close(f.done)
		if f.users == 0 {
			f.got.close()
		}
	}()
	return f
}

// part ends one use of the flight. The last one to go closes the content.
func (fs *flights) part(a ask, f *flight) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f.users--; f.users > 0 {
		return
	}
	f.cancel()
	if fs.running[a] == f {
		delete(fs.running, a)
	}
	f.got.close()
}

// A content is a file that was fetched, in memory or in a temporary file.
type content struct {
	result *upstream.Result
	body   []byte
	file   *os.File // or nil
	named  bool     // the file has a name that must be removed
	size   int64
}

// close may be called for a content that is not there, or not yet.
func (c *content) close() {
	if c != nil && c.file != nil {
		c.file.Close()
		if c.named {
			os.Remove(c.file.Name())
		}
	}
}

// A lent is a content that must be released.
type lent struct {
	*content
	release func()
}

// reader returns a reader of its own for each caller.
func (c *content) reader() io.ReadSeeker {
	if c.file != nil {
		return io.NewSectionReader(c.file, 0, c.size)
	}
	return bytes.NewReader(c.body)
}
