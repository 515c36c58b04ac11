package policy

import (
	"os"
	"path/filepath"

	"github.com/goshim/goshim/internal/userdir"
)

// SystemFile returns the path of the system's policy file.
func SystemFile() string { return systemFile }

// UserFile returns the path of the user's policy file, or "".
func UserFile(getenv userdir.Getenv) string {
	if dir := userdir.Policy(getenv); dir != "" {
		return filepath.Join(dir, "policy.toml")
	}
	return ""
}

// Find returns the path of the goshim.toml that governs dir, an absolute
// path: the one in dir or in its nearest ancestor. The last directory looked
// in is the first of: the root of a version control checkout, the home
// directory, a directory listed in GOSHIM_CEILING. Find returns "" if there
// is none, which is not an error.
func Find(dir string, getenv userdir.Getenv) string {
	home := filepath.Clean(userdir.Home(getenv))
	ceilings := filepath.SplitList(getenv("GOSHIM_CEILING"))
	for {
		file := filepath.Join(dir, FileName)
		if _, err := os.Lstat(file); err == nil {
			return file
		}
		parent := filepath.Dir(dir)
		if parent == dir || dir == home || isCheckout(dir) {
			return ""
		}
		for _, c := range ceilings {
			if filepath.Clean(c) == dir {
				return ""
			}
		}
		dir = parent
	}
}

// isCheckout reports whether dir is the root of a checkout. In a git worktree
// or submodule, .git is a file.
func isCheckout(dir string) bool {
	for _, name := range []string{".git", ".hg", ".jj", ".svn"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}
