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
)

// File returns the path of a file of a module version, whether or not it is
// there, or "" if m is no module version (cmd/go/internal/modfetch.CachePath).
func (d Dir) File(m module.Version, kind string) string {
	path, err := module.EscapePath(m.Path)
	if err != nil {
		return ""
	}
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		return ""
	}
	return filepath.Join(string(d), filepath.FromSlash(path), "@v", version+"."+kind)
}

// Has reports whether the file is there.
func (d Dir) Has(m module.Version, kind string) bool {
	info, err := os.Stat(d.File(m, kind))
	return err == nil && info.Mode().IsRegular()
}
