//go:build unix

package policy

import (
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"github.com/goshim/goshim/internal/userdir"
)

// foreignOwner returns the owner of a file that belongs neither to this user
// nor to root. Under sudo, the user who called it is this user too.
func foreignOwner(info fs.FileInfo, getenv userdir.Getenv) (uid int, foreign bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	uid = int(stat.Uid)
	me := os.Geteuid()
	if uid == 0 || uid == me || me == 0 && strconv.Itoa(uid) == getenv("SUDO_UID") {
		return 0, false
	}
	return uid, true
}

// writableByOthers reports whether users other than the owner may change the
// file.
func writableByOthers(info fs.FileInfo) bool { return info.Mode().Perm()&0o002 != 0 }

// isPlanted reports whether the file in dir is another user's whom dir does not
// belong to, but who may write there, as everybody may in /tmp. That is no policy of
// whoever works below.
func isPlanted(file fs.FileInfo, dir string, getenv userdir.Getenv) bool {
	uid, foreign := foreignOwner(file, getenv)
	if !foreign {
		return false
	}
	info, err := os.Stat(dir)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (writableByOthers(info) || int(stat.Uid) != uid && int(stat.Uid) != os.Geteuid())
}
