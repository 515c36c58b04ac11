package cacheverify

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/filestate"
	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/parhash"
	"github.com/goshim/goshim/internal/stamp"
	"github.com/goshim/goshim/internal/sumstore"
	"github.com/goshim/goshim/internal/userdir"
)

// Zips are the zips that a directory has of modules, and what is recorded of them:
// one that was read before and has not changed since is not read again. What the
// zips are unpacked to does not matter. Any number of goroutines may use one.
type Zips struct {
	v      *verification // whose cache is the directory
	caches []string      // whose records tell of the zips
	known  []map[module.Version]sumstore.Record
}

// OpenZips returns the zips of a directory, by the records in the state directory
// that getenv leads to: those of zips and, for a module cache, those of [Verify].
// Without a state directory, all is read, and where older findings do not count.
func OpenZips(dir modstore.Dir, getenv userdir.Getenv) *Zips {
	dir = modstore.Dir(filepath.Clean(string(dir)))
	v := newVerification(string(dir), dir, sumstore.Open(userdir.State(getenv), func(string) {}), Options{})
	z := &Zips{v: v}
	if v.hides || !stamp.BelievesOlder(getenv) {
		return z
	}
	z.caches = []string{v.cache, filepath.Dir(filepath.Dir(v.cache))}
	for _, cache := range z.caches {
		z.known = append(z.known, v.store.Records(cache))
	}
	return z
}

// Close records what was read.
func (z *Zips) Close() {
	z.v.store.Put(z.v.cache, z.v.fresh)
	z.v.store.Close()
}

// Files returns the files that a module's zip has, sorted by name. It is a
// [*modcache.SumError] if the zip has none of the sums, of which there is one.
func (z *Zips) Files(ctx context.Context, m module.Version, sums []string) ([]sumstore.File, error) {
	r := &reading{check: z.v.newCheck(&want{Version: m, zipSums: sums}), ctx: ctx, sums: sums}
	state, settled := filestate.Of([]string{r.zip}, z.v.now())
	if files := z.recorded(r, state); files != nil {
		return files, nil
	}
	zip, err := r.readZip(false)
	if err != nil {
		return nil, err
	}
	if !r.isRight(zip.h1) {
		return nil, &modcache.SumError{Module: m, Got: zip.h1, Want: sums}
	}
	if settled && !z.v.hides && filestate.Unchanged(state) {
		r.keep(zip)
		r.record.State, r.record.Time = state, z.v.now()
		z.v.mu.Lock()
		z.v.fresh[m] = &r.record
		z.v.mu.Unlock()
	}
	return zip.files, nil
}

// recorded returns the files of a zip whose state is as when they were recorded,
// among that of more files or alone, or nil.
func (z *Zips) recorded(r *reading, state string) []sumstore.File {
	if !z.v.dir.Has(r.Version, modstore.Zip) {
		return nil // what is recorded is of the directory
	}
	for i, cache := range z.caches {
		known := z.known[i][r.Version]
		if !slices.Contains(strings.SplitAfter(known.State, "\n"), state) || !slices.Contains(r.sums, known.Zip) {
			continue
		}
		if files := z.v.store.Files(cache, r.Version); h1Of(r.prefix(), files) == known.Zip {
			return files
		}
	}
	return nil
}

// An Altered is a zip that is not what its sum says.
type Altered struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Zip     string `json:"zip"`  // where it lies
	Have    string `json:"have"` // its hash, or why it has none
	Want    string `json:"want"`
}

// CompareZips compares the zips that a directory has of the modules with their
// sums. It returns those that differ, by path, and how many there are. One that
// has no sum is not looked at.
func CompareZips(ctx context.Context, dir modstore.Dir, getenv userdir.Getenv, modules []module.Version, sums modstore.Sums) (altered []Altered, checked int, err error) {
	zips := OpenZips(dir, getenv)
	defer zips.Close()
	modules = slices.DeleteFunc(slices.Clone(modules), func(m module.Version) bool { return sums[m] == "" || !dir.Has(m, modstore.Zip) })
	slices.SortFunc(modules, compare)
	all := make([]*Altered, len(modules))
	err = parhash.NewPool().Each(ctx, len(modules), func(i int) uint64 { return dir.Size(modules[i], modstore.Zip) }, func(from, to int) error {
		for i, m := range modules[from:to] {
			_, err := zips.Files(ctx, m, []string{sums[m]})
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				have := why(err)
				if wrong := (*modcache.SumError)(nil); errors.As(err, &wrong) {
					have = wrong.Got
				}
				all[from+i] = &Altered{m.Path, m.Version, dir.File(m, modstore.Zip), have, sums[m]}
			}
		}
		return nil
	})
	for _, a := range all {
		if a != nil {
			altered = append(altered, *a)
		}
	}
	return altered, len(modules), err
}
