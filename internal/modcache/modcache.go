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
	"runtime"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
)

// A Cache is a module cache.
type Cache struct {
	dir      string
	writable bool          // directories of modules stay writable: -modcacherw
	cpu      chan struct{} // holds a token for each file that is being unpacked
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
	return &Cache{dir, writable, make(chan struct{}, runtime.GOMAXPROCS(0))}, nil
}

// Path returns the path of a file of a version: its "info", "mod", "zip",
// "ziphash", "lock" or "partial".
func (c *Cache) Path(m module.Version, ext string) (string, error) {
	file, err := File(m, ext)
	if err != nil {
		return "", err
	}
	return filepath.Join(c.dir, "cache", "download", filepath.FromSlash(file)), nil
}

// File returns the name of a file of a version below cache/download, which is
// also its name for a module proxy: "golang.org/x/mod/@v/v0.1.0.zip".
func File(m module.Version, ext string) (string, error) {
	if err := module.Check(m.Path, m.Version); err != nil {
		return "", err
	}
	path, err := module.EscapePath(m.Path)
	if err != nil {
		return "", err
	}
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		return "", err
	}
	return path + "/@v/" + version + "." + ext, nil
}

// Dir returns the directory that a version is unpacked to.
func (c *Cache) Dir(m module.Version) (string, error) {
	path, err := module.EscapePath(m.Path)
	if err != nil {
		return "", err
	}
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		return "", err
	}
	return filepath.Join(c.dir, filepath.FromSlash(path)+"@"+version), nil
}

// Has reports whether a file of a version is there. An empty one is not.
func (c *Cache) Has(m module.Version, ext string) bool {
	path, err := c.Path(m, ext)
	if err != nil {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// HasZip reports whether a version is there as go mod download leaves it: the
// zip, its hash, and the directory, unpacked to its end.
func (c *Cache) HasZip(m module.Version) bool {
	return c.Has(m, "zip") && c.Has(m, "ziphash") && c.isUnpacked(m)
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
	partial, err := c.Path(m, "partial")
	if err != nil {
		return false
	}
	_, err = os.Lstat(partial)
	return os.IsNotExist(err)
}
