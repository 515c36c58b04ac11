//go:build darwin || freebsd || netbsd

package filestate

import (
	"io/fs"
	"syscall"
	"time"
)

// identity returns when the file's content, owner or mode changed last, which
// no program can set back, and which file it is.
func identity(info fs.FileInfo) (changed time.Time, inode int64) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return info.ModTime(), 0
	}
	return time.Unix(stat.Ctimespec.Unix()), int64(stat.Ino)
}
