package vendortree

import (
	"archive/zip"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"go/version"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/modfile"
	modzip "golang.org/x/mod/zip"

	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/vendorsum"
)

// A source is what a module's vendored files should be, by the zip or by the
// directory that they come from.
type source struct {
	block  *Block
	files  map[string][sha256.Size]byte // by path below vendor/
	goLine string                       // what modules.txt is to have as its go version
	fault  string                       // why there are none, "" if there are
	isBad  bool                         // the zip is not what go.sum says
}

// sources reads what the modules come from, on all cores. Progress, if it is not
// nil, is told how many are done of how many.
func (p *Place) sources(ctx context.Context, blocks []*Block, progress func(done, of int)) []*source {
	blocks = slices.DeleteFunc(slices.Clone(blocks), func(b *Block) bool { return len(b.Packages) == 0 })
	size := make(map[*Block]int64) // of zips: the largest are read first
	for _, b := range blocks {
		if info, err := os.Stat(p.Cache.File(b.Source(), modstore.Zip)); err == nil && !b.IsDir() {
			size[b] = info.Size()
		}
	}
	slices.SortStableFunc(blocks, func(a, b *Block) int { return cmp.Compare(size[b], size[a]) })
	all := make([]*source, len(blocks))
	var (
		wait sync.WaitGroup
		work = make(chan int)
		mu   sync.Mutex
		done int
	)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range work {
				all[i] = &source{block: blocks[i]}
				if ctx.Err() != nil {
					continue
				}
				all[i].read(p)
				if progress != nil {
					mu.Lock()
					done++
					progress(done, len(blocks))
					mu.Unlock()
				}
			}
		})
	}
	for i := range blocks {
		work <- i
	}
	close(work)
	wait.Wait()
	slices.SortFunc(all, func(a, b *source) int { return compare(a.block.Version, b.block.Version) })
	return all
}

// read reads the zip, if it has the hash that go.sum says, or the directory.
func (s *source) read(p *Place) {
	var err error
	if s.block.IsDir() {
		err = s.readDir(p)
	} else {
		err = s.readZip(p)
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
	return s.take(fsys, p.GoVersion(), func(name string) (sum [sha256.Size]byte, err error) {
		f, err := fsys.Open(name)
		if err != nil {
			return sum, err
		}
		defer f.Close()
		return hashOf(f)
	})
}

func (s *source) readZip(p *Place) error {
	m := s.block.Source()
	sums := p.Sums.Zip(m)
	if len(sums) == 0 {
		return errors.New("go.sum has no hash of it")
	}
	z, err := zip.OpenReader(p.Cache.File(m, modstore.Zip))
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("its zip is not in the module cache")
	}
	if err != nil {
		s.isBad = true
		return err
	}
	defer z.Close()
	prefix := m.Path + "@" + m.Version
	hashes, err := hashZip(&z.Reader)
	if err == nil && !slices.Contains(sums, vendorsum.Tree(hashes)) {
		err = errors.New("it has the hash " + vendorsum.Tree(hashes) + ", and go.sum has " + sums[0])
	}
	if err != nil {
		s.isBad = true
		return err
	}
	byName := make(map[string][sha256.Size]byte, len(hashes))
	for _, h := range hashes {
		byName[strings.TrimPrefix(h.Name, prefix+"/")] = h.Sum
	}
	fsys, err := fs.Sub(&z.Reader, prefix)
	if err != nil {
		return err
	}
	return s.take(fsys, p.GoVersion(), func(name string) ([sha256.Size]byte, error) { return byName[name], nil })
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

// hashZip returns the hashes of the files in a zip, sorted by name. It refuses
// what is larger than the zip of a module may be.
func hashZip(z *zip.Reader) ([]vendorsum.Hashed, error) {
	var size uint64
	var all []vendorsum.Hashed
	for _, f := range z.File {
		if size += f.UncompressedSize64; size > modzip.MaxZipFile || f.UncompressedSize64 > modzip.MaxZipFile {
			return nil, fmt.Errorf("it holds more than the %d bytes that a module may have", modzip.MaxZipFile)
		}
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", f.Name, err)
		}
		sum, err := hashOf(r)
		r.Close()
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", f.Name, err)
		}
		all = append(all, vendorsum.Hashed{Name: f.Name, Sum: sum})
	}
	slices.SortFunc(all, func(a, b vendorsum.Hashed) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func hashOf(r io.Reader) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	_, err = io.Copy(h, r)
	return [sha256.Size]byte(h.Sum(nil)), err
}
