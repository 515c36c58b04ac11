// Package modstore reads the files of modules where they lie in the layout of
// GOMODCACHE/cache/download: in the module cache itself, and in a bundle, which
// is a copy of it. It changes nothing there.
package modstore

import (
	"os"
	"path/filepath"

	"golang.org/x/mod/module"
)

// A Dir is a directory in that layout.
type Dir string

// OfCache returns the part of a module cache that has the layout.
func OfCache(gomodcache string) Dir { return Dir(filepath.Join(gomodcache, "cache", "download")) }

// The kinds of files that a module version has.
const (
	Info = "info" // the time of the version and its origin, as JSON
	Mod  = "mod"  // its go.mod
	Zip  = "zip"

	// ZipHash has the hash of the zip. The go command makes it when it unpacks
	// one, and go mod verify wants it where there is a zip.
	ZipHash = "ziphash"

	// Lock is locked by who downloads or unpacks the zip, and Partial is there
	// while the directory is not whole (modfetch/fetch.go).
	Lock    = "lock"
	Partial = "partial"
)

// Name returns the name of a file of a module version below a Dir, which is also
// its name for a module proxy: "golang.org/x/mod/@v/v0.1.0.zip"
// (cmd/go/internal/modfetch.CachePath).
func Name(m module.Version, kind string) (string, error) {
	path, version, err := escape(m)
	return path + "/@v/" + version + "." + kind, err
}

// Unpacked returns the name below GOMODCACHE of the directory that a module
// version is unpacked to: "golang.org/x/mod@v0.1.0" (modfetch.DownloadDir).
func Unpacked(m module.Version) (string, error) {
	path, version, err := escape(m)
	return path + "@" + version, err
}

// escape returns a module version as file names have it.
func escape(m module.Version) (path, version string, err error) {
	if path, err = module.EscapePath(m.Path); err == nil {
		version, err = module.EscapeVersion(m.Version)
	}
	return path, version, err
}

// File returns the path of a file of a module version, whether or not it is
// there, or "" if m is no module version.
func (d Dir) File(m module.Version, kind string) string {
	name, err := Name(m, kind)
	if err != nil {
		return ""
	}
	return filepath.Join(string(d), filepath.FromSlash(name))
}

// Size returns the size of the file in bytes, 0 if it is not there.
func (d Dir) Size(m module.Version, kind string) uint64 {
	info, err := os.Stat(d.File(m, kind))
	if err != nil {
		return 0
	}
	return uint64(info.Size())
}

// Has reports whether the file is there.
func (d Dir) Has(m module.Version, kind string) bool {
	info, err := os.Stat(d.File(m, kind))
	return err == nil && info.Mode().IsRegular()
}
