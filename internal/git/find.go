package git

import (
	"os"
	"path/filepath"
)

// Find returns the root of the work tree that holds dir: the nearest ancestor,
// or dir itself, with an entry named .git. It returns "" if there is none.
//
// Like cmd/go, it walks the path as written and does not resolve links. The
// result is absolute.
func Find(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// Dir returns the directory of the repository whose work tree is root: root/.git,
// or the one that the file root/.git names.
func Dir(root string) (string, error) { return findGitDir(filepath.Join(root, ".git")) }
