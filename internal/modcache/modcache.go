// Package modcache writes GOMODCACHE as the go command does: the same files,
// bytes and modes, under the same locks, so that a go command beside it is
// never confused, and a cache whose writer was killed is one that go accepts.
//
// The layout and the protocol are those of cmd/go/internal/modfetch: cache.go
// and fetch.go. A version's zip is downloaded and unpacked under an exclusive
// lock of V.lock. What has its final name is whole and verified, except for the
// directory of a version while there is a file V.partial.
package modcache

import (
	"os"
	"path/filepath"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/parhash"
)

// A Cache is a module cache.
type Cache struct {
	dir      string
	writable bool          // directories of modules stay writable: -modcacherw
	pool     *parhash.Pool // unpacks
}

// Open returns the module cache in dir, which is made if it is not there. The
// directories of modules are made read-only unless writable is set, which
// stands for the go command's flag -modcacherw.
func Open(dir string, writable bool) (*Cache, error) {
	if !filepath.IsAbs(dir) {
		return nil, &diag.Error{Msg: "GOMODCACHE is not an absolute path", Hint: "go env GOMODCACHE prints it"}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, &diag.Error{Msg: "making the module cache: " + err.Error()}
	}
	return &Cache{dir, writable, parhash.NewPool()}, nil
}

// Path returns the path of a file of a version, by its kind, such as
// [modstore.Zip]. Versions that no proxy can have are an error.
func (c *Cache) Path(m module.Version, kind string) (string, error) {
	file, err := File(m, kind)
	if err != nil {
		return "", err
	}
	return filepath.Join(string(modstore.OfCache(c.dir)), filepath.FromSlash(file)), nil
}

// File returns what [modstore.Name] does, for versions that a proxy can have.
func File(m module.Version, kind string) (string, error) {
	if err := module.Check(m.Path, m.Version); err != nil {
		return "", err
	}
	return modstore.Name(m, kind)
}

// Dir returns the directory that a version is unpacked to.
func (c *Cache) Dir(m module.Version) (string, error) {
	name, err := modstore.Unpacked(m)
	if err != nil {
		return "", err
	}
	return filepath.Join(c.dir, filepath.FromSlash(name)), nil
}

// Has reports whether a file of a version is there. An empty one, or
// what is no regular file, is not.
func (c *Cache) Has(m module.Version, ext string) bool {
	path, err := c.Path(m, ext)
	if err != nil {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}

// HasZip reports whether a version is there as go mod download leaves it: the
// zip, its hash, and the directory, unpacked to its end.
func (c *Cache) HasZip(m module.Version) bool {
	return c.Has(m, modstore.Zip) && c.Has(m, modstore.ZipHash) && c.isUnpacked(m)
}

// isUnpacked is half of modfetch.DownloadDir.
func (c *Cache) isUnpacked(m module.Version) bool {
	dir, err := c.Dir(m)
	if err != nil {
		return false
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return false
	}
	partial, err := c.Path(m, modstore.Partial)
	if err != nil {
		return false
	}
	_, err = os.Lstat(partial)
	return os.IsNotExist(err)
}
