package goroot

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/goshim/goshim/internal/diag"
)

// newPrefix begins the names of directories in the making.
const newPrefix = ".new-"

// Make makes the directory right. Any number of processes may do so at once,
// and one that is killed leaves nothing wrong: a new directory appears whole,
// by a rename, and in an old one each link is replaced by a rename.
func (d Dir) Make() error {
	if d.IsRight() {
		return nil // another process was faster
	}
	parent := filepath.Dir(d.Path)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return cannotWrite(err)
	}
	// One at a time: a link that a second maker still renames would take away the
	// time by which the first one has just said that all is right. Where there are
	// no locks, both may be told so once too often.
	if unlock, err := lockedfile.MutexAt(parent + ".lock").Lock(); err == nil {
		defer unlock()
	}
	if d.IsRight() {
		return nil
	}
	times, err := d.times() // before the entries: what changes after that shows
	if err != nil {
		return &diag.Error{Msg: err.Error()}
	}
	links, err := d.links()
	if err != nil {
		return &diag.Error{Msg: err.Error()}
	}
	sweep(parent)
	// Containers that share a cache may share process numbers too.
	tmp := filepath.Join(parent, newPrefix+strconv.Itoa(os.Getpid())+"-"+strconv.FormatInt(time.Now().UnixNano(), 36))
	err = d.move(tmp, links, times)
	remove(tmp)
	switch {
	case noSymlinks(err):
		return &diag.Error{Msg: "symbolic links cannot be made here: " + err.Error(), Hint: linksHint}
	case err != nil:
		return cannotWrite(err)
	case !d.IsRight():
		return &diag.Error{Msg: "the directory " + strconv.Quote(d.Path) + " is not as goshim makes it", Hint: "remove it"}
	}
	return nil
}

func cannotWrite(err error) error {
	return &diag.Error{Msg: err.Error(), Hint: "set XDG_CACHE_HOME to a directory that can be written"}
}

// move makes the links in tmp, and moves it to its place: as a whole, or, where
// there is a directory, link by link.
func (d Dir) move(tmp string, links []link, times []time.Time) error {
	if err := os.Mkdir(tmp, 0o777); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(tmp, "bin"), 0o777); err != nil {
		return err
	}
	for _, l := range links {
		if err := os.Symlink(l.target, filepath.Join(tmp, l.name)); err != nil {
			return err
		}
	}
	if err := stamp(tmp, times); err != nil {
		return err
	}
	unlink(d.Path)
	if os.Rename(tmp, d.Path) == nil {
		return nil
	}
	d.mend(tmp, links)
	if len(d.extra(links)) > 0 || slices.ContainsFunc(links, func(l link) bool { return !d.has(l) }) {
		return nil // and it stays wrong
	}
	return stamp(d.Path, times)
}

// times returns the times of the real one's directories.
func (d Dir) times() ([]time.Time, error) {
	var times []time.Time
	for _, dir := range dirs {
		info, err := os.Stat(filepath.Join(d.Real, dir))
		if err != nil {
			return nil, err
		}
		times = append(times, info.ModTime())
	}
	return times, nil
}

// stamp says of the directory at path that it is right.
func stamp(path string, times []time.Time) error {
	for i, dir := range dirs {
		if err := os.Chtimes(filepath.Join(path, dir), time.Time{}, times[i]); err != nil {
			return err
		}
	}
	return nil
}

// mend moves to the directory the links of tmp that it misses, and removes
// what it should not have. What it cannot do shows at the end.
func (d Dir) mend(tmp string, links []link) {
	unlink(d.path("bin"))
	os.Mkdir(d.path("bin"), 0o777)
	for _, l := range links {
		if !d.has(l) && os.Rename(filepath.Join(tmp, l.name), d.path(l.name)) != nil {
			// Windows does not rename over a link to a directory.
			os.Remove(d.path(l.name))
			os.Rename(filepath.Join(tmp, l.name), d.path(l.name))
		}
	}
	for _, name := range d.extra(links) {
		os.Remove(d.path(name))
	}
}

// unlink removes the file if it is a symbolic link: in the place of a directory
// of ours it would lead the renames to where they do harm.
func unlink(path string) {
	if _, err := os.Readlink(path); err == nil {
		os.Remove(path)
	}
}

// sweep removes what processes that were killed left, and the directories
// whose real GOROOT or shim is gone. What it cannot remove harms nobody.
func sweep(parent string) {
	entries, _ := names(parent)
	for _, name := range entries {
		dir := filepath.Join(parent, name)
		if strings.HasPrefix(name, newPrefix) {
			if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > time.Hour {
				remove(dir)
			}
		} else if gone(filepath.Join(dir, marker)) || gone(filepath.Join(dir, goFile)) {
			remove(dir)
		}
	}
}

func gone(path string) bool {
	_, err := os.Stat(path)
	return os.IsNotExist(err)
}

// remove removes a directory as goshim makes it, without following a link.
func remove(dir string) {
	if os.Remove(dir) == nil {
		return // a link, or empty
	}
	for _, d := range []string{filepath.Join(dir, "bin"), dir} {
		if os.Remove(d) == nil {
			continue
		}
		entries, _ := names(d)
		for _, name := range entries {
			os.Remove(filepath.Join(d, name))
		}
		os.Remove(d)
	}
}
