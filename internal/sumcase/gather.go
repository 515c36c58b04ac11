package sumcase

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/goshim/goshim/internal/gosum"
	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/sumclient"
	"github.com/goshim/goshim/internal/upstream"
)

// What the module cache has.
const (
	whoZip     = "zip"
	whoZipHash = ".ziphash"
	whoDir     = "directory"
	whoMod     = ".mod file"
)

// A Fetcher fetches files of module proxies. It is an [upstream.Client].
type Fetcher interface {
	Fetch(context.Context, *modroute.Chain, upstream.Request) (*upstream.Result, error)
}

// An Inquiry gathers evidence.
type Inquiry struct {
	Inputs *modinput.Inputs
	Cache  *modcache.Cache
	Name   func(path string) string // of a file, as shown to the user

	Chain   *modroute.Chain
	Fetcher Fetcher           // nil: no proxy is asked
	Sumdb   *sumclient.Client // nil: no database is asked
}

// Lines returns the lines about m, in the order of the files.
func (q *Inquiry) Lines(m module.Version) []Line {
	var all []Line
	for _, f := range q.Inputs.SumFiles {
		for l := range gosum.All(f.Data) {
			if l.IsWell() && l.Module() == m {
				all = append(all, Line{q.Name(f.Path), l.N, l.Hash(), f.Path})
			}
		}
	}
	return all
}

// History returns what git knows of a line, or nil.
func (q *Inquiry) History(ctx context.Context, l Line, m module.Version) *History {
	return historyOf(ctx, l.path, l.Line, m)
}

// Gather asks all that the inquiry may about m.
func (q *Inquiry) Gather(ctx context.Context, m module.Version) (*Evidence, error) {
	e := &Evidence{Module: m, Name: m.String(), Lines: q.Lines(m), Cache: q.Held(m)}
	if len(e.Lines) == 0 {
		return e, nil
	}
	e.History = q.History(ctx, e.Lines[0], m)
	if q.Fetcher != nil {
		for _, s := range q.Chain.Of(m.Path).Sources {
			if !s.IsProxy() {
				break
			}
			w, err := q.ask(ctx, s, m)
			if err != nil {
				return nil, err
			}
			e.Proxies = append(e.Proxies, w)
		}
	}
	if q.Sumdb != nil && q.Chain.Of(m.Path).Sumdb != "" {
		hash, err := q.Sumdb.Lookup(m)
		w := Witness{Who: q.Sumdb.Name, Hash: hash}
		if err != nil {
			w.Fault = err.Error()
		}
		e.Sumdb = &w
	}
	return e, context.Cause(ctx)
}

// whole returns the version, without /go.mod, and the kind of the file that the
// hash is of.
func whole(m module.Version) (module.Version, string) {
	if v, ok := strings.CutSuffix(m.Version, "/go.mod"); ok {
		return module.Version{Path: m.Path, Version: v}, "mod"
	}
	return m, "zip"
}

// Held returns what the module cache has of m.
func (q *Inquiry) Held(m module.Version) []Witness {
	v, kind := whole(m)
	path, err := q.Cache.Path(v, kind)
	if err != nil {
		return nil
	}
	if kind == "mod" {
		return []Witness{witness(whoMod, path, hashMod)}
	}
	dir, err := q.Cache.Dir(v)
	if err != nil {
		return nil
	}
	return []Witness{
		witness(whoZip, path, func(path string) (string, error) { return modcache.HashZip(v, path) }),
		witness(whoZipHash, path+"hash", func(path string) (string, error) {
			data, err := os.ReadFile(path)
			return strings.TrimSpace(string(data)), err
		}),
		witness(whoDir, dir, func(path string) (string, error) { return modcache.HashDir(v, path) }),
	}
}

// witness returns what the hash of a file is.
func witness(who, path string, hash func(string) (string, error)) Witness {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return Witness{Who: who, Fault: absent}
	}
	h, err := hash(path)
	if err != nil {
		return Witness{Who: who, Fault: err.Error()}
	}
	return Witness{Who: who, Hash: h}
}

// hashMod returns the hash of a go.mod as go.sum has it.
func hashMod(path string) (string, error) {
	return dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) { return os.Open(path) })
}

// ask asks one proxy for m. What it has is not kept. The error is that of ctx, or
// of this machine.
func (q *Inquiry) ask(ctx context.Context, s modroute.Source, m module.Version) (Witness, error) {
	v, kind := whole(m)
	name, err := modcache.File(v, kind)
	if err != nil {
		return Witness{}, err
	}
	dst, err := os.CreateTemp("", "goshim-")
	if err != nil {
		return Witness{}, err
	}
	defer os.Remove(dst.Name())
	defer dst.Close()
	got, err := q.Fetcher.Fetch(ctx, q.Chain.Only(m.Path, s), upstream.Request{Module: m.Path, File: name, Dst: dst})
	if ctx.Err() != nil {
		return Witness{}, context.Cause(ctx)
	}
	if err != nil {
		source, fault := upstream.First(err)
		return Witness{Who: source, Fault: fault.Error()}, nil
	}
	hash := hashMod
	if kind == "zip" {
		hash = func(path string) (string, error) { return modcache.HashZip(v, path) }
	}
	return witness(got.Source, dst.Name(), hash), nil
}
