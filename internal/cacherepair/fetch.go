package cacherepair

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/upstream"
)

// A fetching is the repairing of one version.
type fetching struct {
	*Repairer
	m     module.Version
	bad   cacheverify.Bad
	from  string
	wrong []Wrong
}

// errNoSum is the fault of what no go.sum knows.
var errNoSum = &diag.Error{Msg: "no go.sum has a line for it, so nobody knows what is right"}

// noted returns the hash that the go command has noted of the zip.
func (f *fetching) noted() []string {
	path, err := f.Cache.Path(f.m, modstore.ZipHash)
	if err != nil || !f.Cache.Has(f.m, modstore.ZipHash) {
		return nil
	}
	data, err := os.ReadFile(path)
	if hash := strings.TrimSpace(string(data)); err == nil && strings.HasPrefix(hash, "h1:") {
		return []string{hash}
	}
	return nil
}

// zip makes anew what is wrong of the zip, its hash and the directory. Where no
// go.sum knows the zip, one that is as it came may be unpacked anew, and nothing
// is fetched.
func (f *fetching) zip(ctx context.Context) (parts []cacheverify.Part, err error) {
	sums := f.bad.ZipSums
	fetch := func(dst *os.File, check func() error) error { return f.fetch(ctx, modstore.Zip, dst, check) }
	if len(sums) == 0 {
		sums, fetch = f.noted(), func(*os.File, func() error) error { return errNoSum }
	}
	if len(sums) == 0 {
		return nil, errNoSum
	}
	done, err := f.Cache.Renew(ctx, f.m, sums, fetch)
	for _, p := range []struct {
		done bool
		part cacheverify.Part
	}{{done.Zip, cacheverify.Zip}, {done.ZipHash, cacheverify.ZipHash}, {done.Dir, cacheverify.Dir}} {
		if p.done {
			parts = append(parts, p.part)
		}
	}
	return parts, err
}

// mod makes the .mod file anew, from the zip if that has it.
func (f *fetching) mod(ctx context.Context) ([]cacheverify.Part, error) {
	sums := f.bad.ModSums
	if len(sums) == 0 {
		return nil, errNoSum
	}
	text := f.Cache.ZippedMod(f.m, sums)
	return []cacheverify.Part{cacheverify.Mod}, f.Cache.AddMod(f.m, sums, func(dst *os.File, check func() error) error {
		if text == nil {
			return f.fetch(ctx, modstore.Mod, dst, check)
		}
		if _, err := dst.Write(text); err != nil {
			return err
		}
		return check()
	})
}

// info makes the .info file anew, which no sum covers.
func (f *fetching) info(ctx context.Context) ([]cacheverify.Part, error) {
	dst, err := os.CreateTemp("", "goshim-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(dst.Name())
	defer dst.Close()
	err = f.fetch(ctx, modstore.Info, dst, func() error { return nil })
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.NewSectionReader(dst, 0, 1<<20))
	if err != nil {
		return nil, err
	}
	return []cacheverify.Part{cacheverify.Info}, f.Cache.WriteInfo(f.m, data)
}

// list writes the list of the module's versions.
func (f *fetching) list(context.Context) ([]cacheverify.Part, error) {
	return []cacheverify.Part{cacheverify.List}, f.Cache.WriteList(f.m)
}

// fetch asks the sources of the module, one after the other, until one has the
// file that check takes. After one that gave other content the next is asked,
// too, unless that could tell a private name to others; otherwise the chain's
// rules hold.
func (f *fetching) fetch(ctx context.Context, ext string, dst *os.File, check func() error) error {
	name, err := modcache.File(f.m, ext)
	if err != nil {
		return err
	}
	d := f.Chain.Of(f.m.Path)
	isPrivate := leak.IsPrivate(f.Chain, f.m.Path)
	var faults []string
	for _, s := range d.Sources {
		switch s.URL {
		case modroute.Off:
			faults = append(faults, "nobody else may be asked (GOPROXY=off)")
		case modroute.Direct:
			err := f.Origin(ctx, f.m, ext, dst)
			if err == nil {
				if err = check(); err == nil {
					f.from = "its origin"
					return nil
				}
				f.wrong = append(f.wrong, Wrong{"its origin", name, err.Error()})
			}
			faults = append(faults, "its origin: "+err.Error())
		}
		if !s.IsProxy() {
			break
		}
		got, err := f.Fetcher.Fetch(ctx, f.Chain.Only(f.m.Path, s), upstream.Request{Module: f.m.Path, File: name, Dst: dst, Check: check})
		if err == nil {
			f.from = got.Source
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		source, fault := upstream.First(err)
		if source == "" { // not of a source: the disk is full
			return err
		}
		faults = append(faults, source+": "+fault.Error())
		content := (*upstream.ContentError)(nil)
		isWrong := errors.As(err, &content)
		if isWrong {
			f.wrong = append(f.wrong, Wrong{source, name, content.Error()})
		}
		notFound := (*upstream.NotFoundError)(nil)
		if !s.AnyError && !errors.As(err, &notFound) && (!isWrong || isPrivate) {
			break
		}
	}
	return &diag.Error{Msg: "no source has it as go.sum says: " + strings.Join(faults, "; ")}
}
