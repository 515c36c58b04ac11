// Package filestate tells by a few stat calls whether files are as they were,
// without reading them.
package filestate

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settled is how old a file must be for its time to tell its states apart. The
// coarsest file systems count in steps of two seconds.
const settled = 3 * time.Second

// Of returns a line for each file or [Tree], with its quoted path first and then
// what changes when it changes, and whether all of them are settled: so old that
// they cannot change again without another time.
func Of(paths []string, now time.Time) (text string, old bool) {
	var b strings.Builder
	old = true
	for _, path := range paths {
		b.WriteString(strconv.Quote(path))
		dir, isSources, isTree := treeOf(path)
		if !isTree {
			dir = path
		}
		info, err := os.Stat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			b.WriteString(" absent\n")
			continue
		case err != nil:
			b.WriteString(" unknown\n")
			old = false
			continue
		}
		if !isSources {
			changed, inode := identity(info)
			for _, n := range []int64{info.Size(), info.ModTime().UnixNano(), changed.UnixNano(), inode} {
				b.WriteString(" " + strconv.FormatInt(n, 36))
			}
			old = old && isOld(info, now)
		}
		if isTree && info.IsDir() {
			text, isOld, err := tree(dir, now, isSources)
			if err != nil {
				text = "unknown"
			}
			b.WriteString(" " + text)
			old = old && isOld && err == nil
		}
		b.WriteByte('\n')
	}
	return b.String(), old
}

// isOld reports whether a file is settled.
func isOld(info fs.FileInfo, now time.Time) bool {
	last := info.ModTime()
	if changed, _ := identity(info); changed.After(last) {
		last = changed
	}
	return now.Sub(last) > settled
}

// Unchanged reports whether the files that the lines of text are about are as
// they were when [Of] returned it.
func Unchanged(text string) bool {
	paths, ok := pathsOf(text)
	if !ok {
		return false
	}
	now, _ := Of(paths, time.Time{})
	return now == text
}

// HidesWrites reports whether one of the files that the lines of text are about lies
// where a write through a shared mapping moves no time, so that their state tells
// nothing. What is mounted below the directory of a [Tree] is not looked at.
func HidesWrites(text string) bool {
	paths, _ := pathsOf(text)
	return slices.ContainsFunc(paths, func(path string) bool {
		if dir, _, isTree := treeOf(path); isTree {
			path = dir
		}
		return isMapped(path)
	})
}

// pathsOf returns the paths in what [Of] returned.
func pathsOf(text string) (paths []string, ok bool) {
	for line := range strings.Lines(text) {
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			return nil, false
		}
		path, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, false
		}
		paths = append(paths, path)
	}
	return paths, true
}
