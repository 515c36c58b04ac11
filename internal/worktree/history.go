package worktree

import (
	"strings"

	"github.com/goshim/goshim/internal/gitrun"
)

// Committed returns what the last commit has at a path, and whether it has
// anything there.
func (t *Tree) Committed(path string) ([]byte, bool, error) {
	out, err := t.RunOn([]string{path}, "ls-tree", "-z", "HEAD")
	if err != nil || len(out) == 0 {
		if _, none := t.Run(nil, "rev-parse", "--quiet", "--verify", "HEAD"); gitrun.IsNone(none) {
			return nil, false, nil // there is no commit yet
		}
		return nil, false, err
	}
	data, err := t.Run(nil, "cat-file", "blob", "HEAD:"+path)
	return data, err == nil, err
}

// LastCommit returns the short name of the last commit that changed a path, ""
// if there is none.
func (t *Tree) LastCommit(path string) (string, error) {
	out, err := t.RunOn([]string{path}, "rev-list", "--max-count=1", "--abbrev-commit", "--abbrev=12", "HEAD")
	return strings.TrimSpace(string(out)), err
}
