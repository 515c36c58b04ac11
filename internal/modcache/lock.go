package modcache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modstore"
)

// lock locks a version as cmd/go/internal/modfetch.lockVersion does. It waits
// for a go command that has the lock, until ctx ends.
func (c *Cache) lock(ctx context.Context, m module.Version) (*lockedfile.File, error) {
	path, err := c.Path(m, modstore.Lock)
	if err != nil {
		return nil, err
	}
	return lockNew(ctx, path)
}

// Quiet waits until nobody downloads or unpacks a version in the module cache in
// dir, and keeps others from it until release is called. It makes no file: where
// there is none to lock, nobody is at work.
func Quiet(ctx context.Context, dir modstore.Dir, m module.Version) (release func(), err error) {
	file, err := lockAt(ctx, dir.File(m, modstore.Lock), os.O_RDONLY)
	switch {
	case err == nil:
		return func() { file.Close() }, nil
	case ctx.Err() != nil:
		return nil, err
	}
	return func() {}, nil
}

// lockNew locks a file, which is made if it is not there.
func lockNew(ctx context.Context, path string) (*lockedfile.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	return lockAt(ctx, path, os.O_RDWR|os.O_CREATE)
}

// lockAt opens and locks a file; one that is opened for reading only is shared
// with others. If ctx ends before, the lock is given back as soon as it comes.
// What is no regular file is an error: opening it may never end.
func lockAt(ctx context.Context, path string, flag int) (*lockedfile.File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "lock", Path: path, Err: errors.New("not a regular file")}
	}
	type result struct {
		file *lockedfile.File
		err  error
	}
	got := make(chan result, 1)
	go func() {
		file, err := lockedfile.OpenFile(path, flag, 0o666)
		got <- result{file, err}
	}()
	select {
	case r := <-got:
		return r.file, r.err
	case <-ctx.Done():
		go func() {
			if r := <-got; r.err == nil {
				r.file.Close()
			}
		}()
		return nil, context.Cause(ctx)
	}
}

// Unfinished reports whether somebody fills the cache, or was killed at it.
func (c *Cache) Unfinished() bool {
	info, err := os.Stat(c.warmLock())
	return err == nil && info.Size() > 0
}

// warmLock returns the path of the file that a Warmer locks. It holds a byte
// as long as somebody fills the cache.
func (c *Cache) warmLock() string { return filepath.Join(c.dir, "cache", "goshim-warm.lock") }

// A Warmer has the right to fill a cache, which one process at a time has. Go
// commands do not ask for it.
type Warmer struct {
	// Unfinished says that the last one was killed: there may be files of it
	// that nobody else clears away. See [Cache.Tidy].
	Unfinished bool

	file *lockedfile.File
}

// Warmer waits, until ctx ends, for the right to fill the cache.
func (c *Cache) Warmer(ctx context.Context) (*Warmer, error) {
	file, err := lockNew(ctx, c.warmLock())
	if err != nil {
		return nil, err
	}
	w := &Warmer{file: file}
	if info, err := file.Stat(); err == nil && info.Size() > 0 {
		w.Unfinished = true
	}
	if _, err := file.WriteAt([]byte("1"), 0); err != nil {
		file.Close()
		return nil, err
	}
	return w, nil
}

// Close gives the right back.
func (w *Warmer) Close() {
	w.file.Truncate(0)
	w.file.Close()
}
