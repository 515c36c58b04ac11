// Package filestate tells by a few stat calls whether files are as they were,
// without reading them.
package filestate

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// settled is how old a file must be for its time to tell its states apart. The
// coarsest file systems count in steps of two seconds.
const settled = 3 * time.Second

// Of returns a line for each file, with its quoted path first and then what
// changes when it changes, and whether all of them are settled: so old that
// they cannot change again without another time.
func Of(paths []string, now time.Time) (text string, old bool) {
	var b strings.Builder
	old = true
	for _, path := range paths {
		b.WriteString(strconv.Quote(path))
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			b.WriteString(" absent\n")
			continue
		case err != nil:
			b.WriteString(" unknown\n")
			old = false
			continue
		}
		changed, inode := identity(info)
		for _, n := range []int64{info.Size(), info.ModTime().UnixNano(), changed.UnixNano(), inode} {
			b.WriteString(" " + strconv.FormatInt(n, 36))
		}
		b.WriteByte('\n')
		last := info.ModTime()
		if changed.After(last) {
			last = changed
		}
		old = old && now.Sub(last) > settled
	}
	return b.String(), old
}

// Unchanged reports whether the files that the lines of text are about are as
// they were when [Of] returned it.
func Unchanged(text string) bool {
	var paths []string
	for line := range strings.Lines(text) {
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			return false
		}
		path, err := strconv.Unquote(quoted)
		if err != nil {
			return false
		}
		paths = append(paths, path)
	}
	now, _ := Of(paths, time.Time{})
	return now == text
}
