// Package parhash hashes the files of modules many at once, and makes of their
// hashes those that go.sum has.
package parhash

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// A Hash is that of a file's content.
type Hash = [sha256.Size]byte

// H1 returns the hash of files with these names and contents:
// [golang.org/x/mod/sumdb/dirhash.Hash1].
func H1(names []string, hashes []Hash) string {
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(names[a], names[b]) })
	h := sha256.New()
	var line []byte
	for _, i := range order {
		line = append(hex.AppendEncode(line[:0], hashes[i][:]), "  "...)
		h.Write(append(append(line, names[i]...), '\n'))
	}
	return "h1:" + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// A Pool does as much at once as there are processors, for all its callers
// together.
type Pool struct {
	cpu chan struct{} // holds a token for each batch that is being done
}

// NewPool returns a pool.
func NewPool() *Pool { return &Pool{make(chan struct{}, runtime.GOMAXPROCS(0))} }

// Each calls do for each batch of n files: those with the numbers from ≤ i < to.
// The batches have about the same number of bytes, by the size of each file. It
// returns the first error.
func (p *Pool) Each(ctx context.Context, n int, size func(i int) uint64, do func(from, to int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	all := batches(n, size)
	next := make(chan batch, len(all))
	for _, b := range all {
		next <- b
	}
	close(next)
	var wait sync.WaitGroup
	for range min(len(all), cap(p.cpu)) {
		wait.Go(func() {
			for b := range next {
				select {
				case p.cpu <- struct{}{}:
				case <-ctx.Done():
					return
				}
				err := ctx.Err()
				if err == nil {
					err = do(b.from, b.to)
				}
				<-p.cpu
				if err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}

// A batch is a run of files that one goroutine takes.
type batch struct{ from, to int }

// What one batch may hold, if it is not one file.
const (
	batchFiles = 64
	batchBytes = 1 << 20
)

func batches(n int, size func(i int) uint64) []batch {
	var all []batch
	var b batch
	sum := uint64(0)
	for i := range n {
		if i > b.from && (i-b.from >= batchFiles || sum+size(i) > batchBytes) {
			b.to = i
			all = append(all, b)
			b.from, sum = i, 0
		}
		sum += size(i)
	}
	if b.to = n; b.to > b.from {
		all = append(all, b)
	}
	return all
}

// Fill reads until buf is full or there is an error, such as [io.EOF]. Unlike
// [io.ReadFull], it tells the end of what is read from one that comes too early.
func Fill(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var more int
		more, err = r.Read(buf[n:])
		n += more
	}
	return n, err
}
