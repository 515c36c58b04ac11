package vendortree

import (
	"archive/zip"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"go/version"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/parhash"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/internal/vendorlist"
)

// A source is what a module's vendored files should be, by the zip or by the
// directory that they come from.
type source struct {
	block  *vendorlist.Block
	files  map[string][sha256.Size]byte // by path below vendor/
	goLine string                       // what modules.txt is to have as its go version
	fault  string                       // why there are none, "" if there are
	isBad  bool                         // the zip is not what go.sum says
}

// sources reads what the modules come from, on all cores. Progress, if it is not
// nil, is told how many are done of how many. The error is that of ctx.
func (p *Place) sources(ctx context.Context, blocks []*vendorlist.Block, progress func(done, of int)) ([]*source, error) {
	blocks = slices.DeleteFunc(slices.Clone(blocks), func(b *vendorlist.Block) bool { return len(b.Packages) == 0 })
	size := make(map[*vendorlist.Block]uint64) // of zips: the largest are read first
	var zips *cacheverify.Zips
	for _, b := range blocks {
		if !b.IsDir() {
			size[b] = p.Cache.Size(b.Source(), modstore.Zip)
		}
	}
	if len(size) > 0 {
		zips = cacheverify.OpenZips(p.Cache, p.Getenv)
		defer zips.Close()
	}
	slices.SortStableFunc(blocks, func(a, b *vendorlist.Block) int { return cmp.Compare(size[b], size[a]) })
	all := make([]*source, len(blocks))
	var (
		mu   sync.Mutex
		done int
	)
	err := parhash.NewPool().Each(ctx, len(blocks), func(i int) uint64 { return size[blocks[i]] }, func(from, to int) error {
		for i := from; i < to && ctx.Err() == nil; i++ {
			all[i] = &source{block: blocks[i]}
			all[i].read(ctx, p, zips)
			if progress != nil {
				mu.Lock()
				done++
				progress(done, len(blocks))
				mu.Unlock()
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *source) int { return vendorlist.Compare(a.block.Version, b.block.Version) })
	return all, nil
}

// read reads the zip, if it has the hash that go.sum says, or the directory.
func (s *source) read(ctx context.Context, p *Place, zips *cacheverify.Zips) {
	var err error
	if s.block.IsDir() {
		err = s.readDir(p)
	} else {
		err = s.readZip(ctx, p, zips)
	}
	if err != nil {
		s.fault = err.Error()
	}
}

// readDir reads the directory that replaces the module. One that only modules.txt
// names is none of the module's.
func (s *source) readDir(p *Place) error {
	_, dir := p.Replaced(s.block.Version)
	if dir == "" || !isDir(dir) {
		return errors.New("there is no such directory in the place of " + s.block.Path)
	}
	fsys := os.DirFS(dir)
	if !hasGoMod(fsys, ".") {
		return errors.New(s.block.Replace.Path + " has no go.mod, as a submodule that is not checked out")
	}
	return s.take(fsys, p.GoVersion(), func(name string) (sum [sha256.Size]byte, err error) {
		f, err := fsys.Open(name)
		if err != nil {
			return sum, err
		}
		defer f.Close()
		return hashOf(f)
	})
}

func (s *source) readZip(ctx context.Context, p *Place, zips *cacheverify.Zips) error {
	m := s.block.Source()
	sums := p.Sums.Zip(m)
	if len(sums) == 0 {
		return errors.New("go.sum has no hash of it")
	}
	files, err := zips.Files(ctx, m, sums)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("its zip is not in the module cache")
	}
	if err != nil {
		s.isBad = true
		return err
	}
	hashes := make(map[string][sha256.Size]byte, len(files))
	for _, f := range files {
		hashes[f.Name] = f.Hash
	}
	z, err := zip.OpenReader(p.Cache.File(m, modstore.Zip))
	if err != nil {
		return err
	}
	defer z.Close()
	fsys, err := fs.Sub(&z.Reader, m.String())
	if err != nil {
		return err
	}
	return s.take(fsys, p.GoVersion(), func(name string) ([sha256.Size]byte, error) { return hashes[name], nil })
}

// take takes the hashes of the files that go mod vendor copies.
func (s *source) take(fsys fs.FS, goVersion string, sum func(name string) ([sha256.Size]byte, error)) error {
	names, err := copied(fsys, s.block.Path, s.block.Packages, goVersion)
	if err != nil {
		return err
	}
	if version.Compare("go"+goVersion, "go1.17") >= 0 {
		s.goLine = goLine(fsys)
	}
	s.files = make(map[string][sha256.Size]byte, len(names))
	for path, name := range names {
		if s.files[path], err = sum(name); err != nil {
			return err
		}
	}
	return nil
}

// goLine returns the go version of a module's go.mod, "" if it has none.
func goLine(fsys fs.FS) string {
	info, err := fs.Stat(fsys, "go.mod")
	if err != nil || !info.Mode().IsRegular() || info.Size() > textfile.Max {
		return ""
	}
	data, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return ""
	}
	f, err := modfile.ParseLax("go.mod", data, nil)
	if err != nil || f.Go == nil {
		return ""
	}
	return f.Go.Version
}

func hashOf(r io.Reader) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	_, err = io.Copy(h, r)
	return [sha256.Size]byte(h.Sum(nil)), err
}
