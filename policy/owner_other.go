//go:build !unix

package policy

import (
	"io/fs"

	"github.com/goshim/goshim/internal/userdir"
)

// foreignOwner reports nothing where files have no numeric owner.
func foreignOwner(fs.FileInfo, userdir.Getenv) (uid int, foreign bool) { return 0, false }

func writableByOthers(fs.FileInfo) bool { return false }

func isPlanted(fs.FileInfo, string, userdir.Getenv) bool { return false }
