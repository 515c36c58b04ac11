//go:build unix

package userdir

import (
	"io/fs"
	"os"
	"syscall"
)

// isOwn reports whether a file is this user's, or root's.
func isOwn(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return !ok || stat.Uid == 0 || int(stat.Uid) == os.Geteuid()
}

// isShared reports whether others than the owner may write a file.
func isShared(info fs.FileInfo) bool { return info.Mode().Perm()&0o022 != 0 }
