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
