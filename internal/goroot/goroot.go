// Package goroot knows the generated GOROOT: a directory of symbolic links to
// all that a real GOROOT has, but that its bin/go is the shim.
//
// The go command puts $GOROOT/bin first in the PATH of the programs that it
// starts for the user, so with a generated GOROOT the go commands of those
// programs are the shim again, and the policy holds for them.
//
// Where it lies follows from the real GOROOT and the shim, and the links are
// paths, so what changes behind them needs nothing. What is in the directory
// is only ever added to and mended, one rename at a time: a go command that
// uses it meanwhile does not notice.
//
// The shim asks whether it is right; the companion makes it.
package goroot

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Folder is the name of the directory in goshim's cache that holds the
// generated ones.
const Folder = "goroot"

// marker is the link by which a generated GOROOT is known. It leads to the
// real one.
const marker = ".goshim-real"

// A Dir is a generated GOROOT, whether it is there or not.
type Dir struct {
	Path string
	Real string // the GOROOT that the links lead to
	Shim string // the program that bin/go leads to
}

// New returns the generated GOROOT for a real one and the shim, both absolute
// paths, in goshim's cache directory.
func New(cache, real, shim string) Dir {
	sum := sha256.Sum256([]byte(real + "\x00" + shim))
	return Dir{filepath.Join(cache, Folder, hex.EncodeToString(sum[:8])), real, shim}
}

// Behind returns the real GOROOT behind the one at dir, or "" if that is not
// a generated one.
func Behind(dir string) string {
	if dir == "" {
		return ""
	}
	real, _ := os.Readlink(filepath.Join(dir, marker))
	return real
}

// IsDamaged reports whether dir has the place of a generated GOROOT in goshim's
// cache directory, but does not say what is behind it: it was removed, or in
// part, while a go command worked with it.
func IsDamaged(cache, dir string) bool {
	return dir != "" && cache != "" && filepath.Dir(filepath.Clean(dir)) == filepath.Join(cache, Folder) && Behind(dir) == ""
}

// IsRight reports whether the directory is there and as [Dir.Make] left it, for
// the real one as that is now. As this is asked before many go commands, it
// looks at no entries: a directory that has gained or lost one has another
// time, and Make gives to each the time of the real one.
func (d Dir) IsRight() bool {
	for _, dir := range dirs {
		real, err := os.Stat(filepath.Join(d.Real, dir))
		if err != nil {
			return false
		}
		own, err := os.Lstat(d.path(dir))
		if err != nil || !own.IsDir() || !isStamp(own.ModTime(), real.ModTime()) {
			return false
		}
	}
	return d.has(link{marker, d.Real}) && d.has(link{goFile, d.Shim})
}

// isStamp reports whether a directory that was given the time real has it.
// Systems keep microseconds or, as ext4 with small inodes and sshfs do, seconds.
func isStamp(own, real time.Time) bool {
	return own.UnixMicro() == real.UnixMicro() || own.Equal(real.Truncate(time.Second))
}

// dirs are the directories of a generated GOROOT. All else in it are links.
var dirs = [...]string{"", "bin"}

// A link is an entry of a generated GOROOT: its name, relative to it, and what
// it leads to.
type link struct{ name, target string }

func (d Dir) path(name string) string { return filepath.Join(d.Path, name) }

func (d Dir) has(l link) bool {
	target, err := os.Readlink(d.path(l.name))
	return err == nil && target == l.target
}

// goFile is the go command's own file, relative to a GOROOT.
var goFile = filepath.Join("bin", "go"+exeSuffix())

func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}
