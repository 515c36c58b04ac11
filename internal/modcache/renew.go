package modcache

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/rogpeppe/go-internal/robustio"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"

	"github.com/goshim/goshim/internal/modstore"
)

// A Renewed says what was made anew of a version.
type Renewed struct{ Zip, ZipHash, Dir bool }

// Renew makes the zip of a version, its .ziphash and its directory what they
// should be by the sums, of which there is at least one. What is right stays: a
// directory comes from a zip that is right, and only for one that is wrong or
// missing is fetch called, as by [Cache.AddZip].
//
// All is read again under the lock of the version, so that what another process
// has renewed meanwhile is left alone. Nothing is removed before there is a good
// zip; if there is none, the error is that of fetch, and the cache is as it was.
// One that is killed leaves a version that go commands unpack or download anew.
func (c *Cache) Renew(ctx context.Context, m module.Version, sums []string, fetch func(dst *os.File, check func() error) error) (done Renewed, err error) {
	lock, err := c.lock(ctx, m)
	if err != nil {
		return done, err
	}
	defer lock.Close()
	u, err := c.newUnpacking(m, sums)
	if err != nil {
		return done, err
	}
	path, err := c.Path(m, modstore.Zip)
	if err != nil {
		return done, err
	}
	wasUnpacked := u.keep
	u.keep = false
	if u.sum, err = u.hashZip(path); err != nil {
		if err := u.replaceZip(ctx, path, fetch); err != nil {
			return done, err
		}
		return Renewed{Zip: true, ZipHash: true, Dir: true}, nil
	}
	if err := clearIrregular(path + "hash"); err != nil {
		return done, err
	}
	if note, err := lockedfile.Read(path + "hash"); err != nil || strings.TrimSpace(string(note)) != u.sum {
		if err := u.writeHash(path); err != nil {
			return done, err
		}
		done.ZipHash = true
	}
	if wasUnpacked && u.isRight() {
		return done, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return done, err
	}
	defer f.Close()
	if err := u.unpack(ctx, f); err != nil {
		return done, err
	}
	done.Dir = true
	return done, u.finish()
}

// hashZip returns the hash of a zip, if that is one of the sums.
func (u *unpacking) hashZip(path string) (string, error) {
	hash, err := HashZip(u.m, path)
	if err == nil && !slices.Contains(u.sums, hash) {
		err = &SumError{u.m, hash, u.sums}
	}
	return hash, err
}

// isRight reports whether the directory has the hash of the zip.
func (u *unpacking) isRight() bool {
	hash, err := HashDir(u.m, u.dir)
	return err == nil && hash == u.sum
}

// HashZip returns the hash of a version's zip as go.sum has it. One that the go
// command would not unpack, because of its names or sizes, has none.
func HashZip(m module.Version, path string) (string, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "", &fs.PathError{Op: "hash", Path: path, Err: errors.New("not a regular file")} // reading it may never end
	}
	checked, err := modzip.CheckZip(m, path)
	if err == nil {
		err = checked.Err()
	}
	if err != nil {
		return "", err
	}
	return dirhash.HashZip(path, dirhash.Hash1)
}

// HashDir returns the hash of the directory that a version is unpacked to. One
// with anything but files and directories in it has none: no zip has others, and
// reading them may never end.
func HashDir(m module.Version, dir string) (string, error) {
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !entry.Type().IsRegular() {
			err = &fs.PathError{Op: "hash", Path: path, Err: errors.New("not a regular file")}
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return dirhash.HashDir(dir, m.Path+"@"+m.Version, dirhash.Hash1)
}

// replaceZip fetches the zip and puts it in the place of another one.
//
// The order is one that a go command can take up at any point (see downloadZip
// and DownloadDir in cmd/go/internal/modfetch). The good zip has its name before
// there is V.partial: while there is that file, the go command unpacks whatever
// zip it finds, and one that is torn would fail builds that the directory alone
// still serves.
func (u *unpacking) replaceZip(ctx context.Context, path string, fetch func(*os.File, func() error) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	removeOld(path)
	f, err := tempFile(path)
	if err != nil {
		return err
	}
	defer func() {
		f.Close()
		os.Remove(f.Name()) // if it still has that name
	}()
	err = fetch(f, func() (err error) {
		u.sum, err = u.hashZip(f.Name())
		return err
	})
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	for _, old := range []string{path, path + "hash"} {
		if err := clearIrregular(old); err != nil {
			return err
		}
	}
	if err := robustio.Rename(f.Name(), path); err != nil {
		return err
	}
	if err := u.writeHash(path); err != nil {
		return err
	}
	z, err := os.Open(path)
	if err != nil {
		return err
	}
	defer z.Close()
	if err := u.unpack(ctx, z); err != nil {
		return err
	}
	return u.finish()
}

// clearIrregular removes what is not a regular file, such as a named pipe, whose
// reading may never end.
func clearIrregular(path string) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return os.Remove(path)
	}
	return nil
}

// ZippedMod returns the go.mod that the zip of a version has, if it has one of
// the sums, or nil. For a zip without one, it is the line that the go command
// makes of the path (cmd/go/internal/modfetch.LegacyGoMod).
func (c *Cache) ZippedMod(m module.Version, sums []string) []byte {
	path, err := c.Path(m, modstore.Zip)
	if err != nil || !c.Has(m, modstore.Zip) {
		return nil
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil
	}
	defer z.Close()
	text := []byte("module " + modfile.AutoQuote(m.Path) + "\n")
	if f, err := z.Open(m.Path + "@" + m.Version + "/go.mod"); err == nil {
		defer f.Close()
		if text, err = io.ReadAll(io.LimitReader(f, modzip.MaxGoMod)); err != nil {
			return nil
		}
	}
	sum, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil })
	if err != nil || !slices.Contains(sums, sum) {
		return nil
	}
	return text
}
