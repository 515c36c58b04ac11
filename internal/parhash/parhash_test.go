package parhash

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/sumdb/dirhash"
)

func TestH1(t *testing.T) {
	names := []string{"m@v1.0.0/b", "m@v1.0.0/a", "m@v1.0.0/B"}
	var hashes []Hash
	for _, name := range names {
		hashes = append(hashes, sha256.Sum256([]byte(name)))
	}
	want, err := dirhash.Hash1(names, func(name string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(name)), nil })
	if err != nil {
		t.Fatal(err)
	}
	if got := H1(names, hashes); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEach(t *testing.T) {
	p := NewPool()
	sizes := []uint64{0, 5 << 20, 1, 2, 1 << 20, 0}
	for i := range 1000 {
		sizes = append(sizes, uint64(i))
	}
	size := func(i int) uint64 { return sizes[i] }
	for _, n := range []int{0, 1, 2, len(sizes)} {
		seen := make([]atomic.Int32, n)
		err := p.Each(context.Background(), n, size, func(from, to int) error {
			for i := from; i < to; i++ {
				seen[i].Add(1)
			}
			return nil
		})
		for i := range seen {
			if seen[i].Load() != 1 || err != nil {
				t.Errorf("of %d, %d was done %d times, %v", n, i, seen[i].Load(), err)
			}
		}
	}
	fault := errors.New("fault")
	if err := p.Each(context.Background(), len(sizes), size, func(from, _ int) error { return fault }); err != fault {
		t.Errorf("got %v", err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Each(ended, 1, size, func(int, int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: got %v", err)
	}
}
