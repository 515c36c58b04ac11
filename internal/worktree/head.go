package worktree

import (
	"strings"

	"github.com/goshim/goshim/internal/gitrun"
)

// A blob is what a commit has at a path.
type blob struct {
	mode string // as in [Entry]
	hash string // in hex; of a submodule, the commit
}

// head returns what the last commit has at the paths, or all of it. Without a
// commit, that is nothing.
func (t *Tree) head(paths ...string) (map[string]blob, error) {
	out, err := t.RunOn(paths, "ls-tree", "-r", "-z", "--full-tree", "HEAD")
	if err != nil {
		if _, none := t.Run(nil, "rev-parse", "--quiet", "--verify", "HEAD"); gitrun.IsNone(none) {
			return nil, nil
		}
		return nil, err
	}
	return parseTree(out), nil
}

// parseTree reads the output of git ls-tree -z: mode, type, hash and, after a tab,
// the path.
func parseTree(out []byte) map[string]blob {
	all := make(map[string]blob)
	for _, line := range gitrun.Split(out) {
		head, name, ok := strings.Cut(line, "\t")
		if f := strings.Fields(head); ok && len(f) == 3 {
			all[name] = blob{f[0], f[2]}
		}
	}
	return all
}

// Names returns the paths that the last commit has, those of submodules too, or nil
// if there is no commit.
func (t *Tree) Names() (map[string]bool, error) {
	head, err := t.head()
	if head == nil {
		return nil, err
	}
	all := make(map[string]bool, len(head))
	for name := range head {
		all[name] = true
	}
	return all, nil
}

// Submodules returns the commits of the submodules that the last commit has, by
// their paths.
func (t *Tree) Submodules() (map[string]string, error) {
	head, err := t.head()
	if err != nil {
		return nil, err
	}
	all := make(map[string]string)
	for name, b := range head {
		if b.mode == modeSubmodule {
			all[name] = b.hash
		}
	}
	return all, nil
}

// Commit returns the hash of the last commit, "" if there is none.
func (t *Tree) Commit() (string, error) {
	out, err := t.Run(nil, "rev-parse", "--quiet", "--verify", "HEAD")
	if gitrun.IsNone(err) {
		return "", nil
	}
	return strings.TrimSpace(string(out)), err
}
