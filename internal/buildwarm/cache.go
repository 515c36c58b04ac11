package buildwarm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/userdir"
)

// A buildCache is where the go command keeps what it compiles.
type buildCache struct {
	Dir  string `json:"GOCACHE"`
	Prog string `json:"GOCACHEPROG"` // a program that keeps it instead, or ""
}

// findCache asks the go command for its cache.
func findCache(ctx context.Context, c *config) (buildCache, error) {
	var cache buildCache
	out, err := c.output(ctx, []string{"env", "-json", "GOCACHE", "GOCACHEPROG"}, false)
	if err == nil {
		err = json.Unmarshal(out, &cache)
	}
	return cache, err
}

// unusable says why nothing can be kept in the cache, or returns "". It makes
// the directory, as the go command would.
func (b buildCache) unusable() string {
	switch {
	case b.Dir == "off":
		return "GOCACHE=off"
	case b.Prog != "":
		return ""
	}
	err := os.MkdirAll(b.Dir, 0o777)
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(b.Dir, "goshim-*"); err == nil {
			f.Close()
			os.Remove(f.Name())
		}
	}
	if err != nil {
		return "it cannot be written: " + err.Error()
	}
	return ""
}

// lock waits until no other process fills the cache. Without a directory for
// the lock it does without: the go command itself is careful.
func (b buildCache) lock(ctx context.Context, environ []string) (unlock func(), err error) {
	dir := userdir.Cache(envset.New(environ).Get)
	if dir == "" || os.MkdirAll(filepath.Join(dir, "buildwarm"), 0o700) != nil {
		return func() {}, nil
	}
	key := sha256.Sum256([]byte(b.Dir + "\x00" + b.Prog))
	mutex := lockedfile.MutexAt(filepath.Join(dir, "buildwarm", hex.EncodeToString(key[:8])+".lock"))
	type result struct {
		unlock func()
		err    error
	}
	locked := make(chan result, 1)
	go func() {
		unlock, err := mutex.Lock()
		locked <- result{unlock, err}
	}()
	select {
	case r := <-locked:
		if r.err != nil {
			return nil, &diag.Error{Msg: r.err.Error()}
		}
		return r.unlock, nil
	case <-ctx.Done():
		go func() { // the wait itself cannot be ended
			if r := <-locked; r.err == nil {
				r.unlock()
			}
		}()
		return nil, ctx.Err()
	}
}
