package modcache

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/rogpeppe/go-internal/robustio"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modstore"
)

// AddZip puts the zip of a version into the cache and unpacks it. A zip that
// has none of the sums is refused: the error is a [*SumError], and nothing of
// it stays.
//
// The zip that the cache may have already is used; otherwise fetch is called
// with an empty file to write to. It calls check once it has written all: an
// error says that this is no good zip, and fetch may empty the file, write
// another one and call check again.
//
// As in cmd/go, all happens under the lock of the version. Unlike it, the zip is
// unpacked while it is hashed, for the price of one decompression. So there is a
// directory before there is a hash, but under the protection of the file
// V.partial, by which a go command knows not to use it.
func (c *Cache) AddZip(ctx context.Context, m module.Version, sums []string, fetch func(dst *os.File, check func() error) error) error {
	lock, err := c.lock(ctx, m)
	if err != nil {
		return err
	}
	defer lock.Close()
	if c.HasZip(m) {
		return nil // while it was locked
	}
	path, err := c.Path(m, modstore.Zip)
	if err != nil {
		return err
	}
	u, err := c.newUnpacking(m, sums)
	if err != nil {
		return err
	}
	if c.Has(m, "zip") {
		err = u.present(ctx, path)
	} else {
		err = u.download(ctx, path, fetch)
	}
	if err == nil && !u.keep {
		err = u.finish()
	}
	return err
}

// An unpacking is the work on one version, whose lock is held.
type unpacking struct {
	c       *Cache
	m       module.Version
	sums    []string
	dir     string
	partial string   // path of V.partial
	keep    bool     // the directory is whole, and may be in use: only the sum is wanted
	made    []string // directories, parents first
	sum     string   // of what was unpacked last
}

func (c *Cache) newUnpacking(m module.Version, sums []string) (*unpacking, error) {
	dir, err := c.Dir(m)
	if err != nil {
		return nil, err
	}
	partial, err := c.Path(m, modstore.Partial)
	if err != nil {
		return nil, err
	}
	return &unpacking{c: c, m: m, sums: sums, dir: dir, partial: partial, keep: c.isUnpacked(m)}, nil
}

// present unpacks the zip that is in the cache.
func (u *unpacking) present(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := u.unpack(ctx, f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return u.writeHash(path)
}

// download fetches the zip, unpacks it and gives it its name.
func (u *unpacking) download(ctx context.Context, path string, fetch func(*os.File, func() error) error) (err error) {
	removeOld(path)
	f, err := tempFile(path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := fetch(f, func() error { return u.unpack(ctx, f) }); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := u.writeHash(path); err != nil {
		return err
	}
	return robustio.Rename(f.Name(), path) // an error leaves a directory that is not whole
}

// removeOld removes the temporary files of those who were killed while they
// held the lock.
func removeOld(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	for _, entry := range entries {
		if name := entry.Name(); strings.HasPrefix(name, filepath.Base(path)) && strings.HasSuffix(name, ".tmp") {
			os.Remove(filepath.Join(filepath.Dir(path), name))
		}
	}
}

// unpack unpacks a zip file in the place of what is there, and checks its sum.
// On an error it leaves nothing.
func (u *unpacking) unpack(ctx context.Context, f *os.File) (err error) {
	if !u.keep {
		err = u.begin()
	}
	if err == nil {
		err = u.extract(ctx, f)
	}
	if err == nil && !slices.Contains(u.sums, u.sum) {
		err = &SumError{u.m, u.sum, u.sums}
	}
	if err != nil && !u.keep {
		u.clear()
	}
	return err
}

// begin says that the directory is not whole, and then removes what is there: one
// that is killed in between must not leave half a directory that go commands use.
func (u *unpacking) begin() error {
	if err := os.WriteFile(u.partial, nil, 0o666); err != nil {
		return err
	}
	if _, err := os.Lstat(u.dir); err == nil {
		if err := removeAll(u.dir); err != nil {
			return err
		}
	}
	return os.MkdirAll(filepath.Dir(u.dir), 0o777)
}

// clear removes what was unpacked.
func (u *unpacking) clear() {
	if removeAll(u.dir) == nil {
		os.Remove(u.partial)
	}
}

// writeHash writes the .ziphash file as modfetch.hashZip does.
func (u *unpacking) writeHash(zip string) (err error) {
	f, err := lockedfile.Create(zip + "hash")
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	if err := f.Truncate(int64(len(u.sum))); err != nil {
		return err
	}
	_, err = f.WriteAt([]byte(u.sum), 0)
	return err
}

// finish says that the directory is whole. Its directories are made read-only
// before, as one that is killed in between should not leave others.
func (u *unpacking) finish() error {
	if !u.c.writable {
		info, err := os.Stat(u.dir)
		if err != nil {
			return err
		}
		for _, dir := range slices.Backward(u.made) { // as far as possible, as the go command does
			os.Chmod(dir, info.Mode()&^0o222)
		}
	}
	return os.Remove(u.partial)
}

// removeAll removes the directory of a version, which may be read-only.
func removeAll(dir string) error {
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			os.Chmod(path, 0o777)
		}
		return nil
	})
	return robustio.RemoveAll(dir)
}
