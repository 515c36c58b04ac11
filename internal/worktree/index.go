package worktree

import (
	"strings"

	"github.com/goshim/goshim/internal/gitrun"
)

// An Entry is a file of the index.
type Entry struct {
	Path            string // with slashes, from the root
	Mode            string // 100644, 100755, 120000 (a link), 160000 (a submodule)
	Hash            string // of the content, in hex; of a submodule, the commit
	Unmerged        bool   // one of the sides of a merge that is not finished
	AssumeUnchanged bool   // git does not look at the file
	SkipWorktree    bool   // git takes the file for unchanged, and mostly for absent: a sparse checkout
}

// IsSubmodule reports whether the entry is a commit of another repository.
func (e Entry) IsSubmodule() bool { return e.Mode == modeSubmodule }

// IsLink reports whether the entry is a symbolic link.
func (e Entry) IsLink() bool { return e.Mode == modeLink }

// Modes of what a commit has, other than files.
const (
	modeSubmodule = "160000"
	modeLink      = "120000"
)

// Index returns the entries of the paths, or all if there are none. A path that
// is unmerged has an entry for each side.
func (t *Tree) Index(paths ...string) ([]Entry, error) {
	out, err := t.RunOn(paths, "ls-files", "-z", "-v", "--stage")
	if err != nil {
		return nil, err
	}
	return parseIndex(out), nil
}

// parseIndex reads the output of git ls-files -z -v --stage: a letter, mode,
// hash, stage and, after a tab, the path.
func parseIndex(out []byte) []Entry {
	var all []Entry
	for _, line := range gitrun.Split(out) {
		head, name, ok := strings.Cut(line, "\t")
		f := strings.Fields(head)
		if !ok || len(f) != 4 {
			continue
		}
		all = append(all, Entry{
			Path: name, Mode: f[1], Hash: f[2], Unmerged: f[3] != "0",
			AssumeUnchanged: f[0] == strings.ToLower(f[0]),
			SkipWorktree:    strings.EqualFold(f[0], "s"),
		})
	}
	return all
}

// Untracked returns the files at the paths that the index does not have, also
// those that git is told to ignore. A repository in the tree is one path, which
// ends with a slash.
func (t *Tree) Untracked(paths ...string) ([]string, error) {
	out, err := t.RunOn(paths, "ls-files", "-z", "--others")
	return gitrun.Split(out), err
}

// IsSparse reports whether the checkout is to have a part of the files only.
func (t *Tree) IsSparse() (bool, error) { return t.configBool("core.sparseCheckout") }

func (t *Tree) configBool(key string) (bool, error) {
	value, err := t.Config(key, "--bool")
	return value == "true", err
}

// Config returns the value of a setting, "" if it has none.
func (t *Tree) Config(key string, flags ...string) (string, error) {
	out, err := t.Run(nil, append(append([]string{"config", "-z"}, flags...), "--get", key)...)
	if gitrun.IsNone(err) {
		return "", nil
	}
	return strings.TrimSuffix(string(out), "\x00"), err
}
