package worktree

// A Change is a file that is not what the last commit has.
type Change struct {
	Path  string // with slashes, from the root; an untracked repository ends with one
	Index byte   // how the index differs from the commit, as git status --porcelain: ' ', M, T, A, D, U or ?
	Work  byte   // how the work tree differs from the index
}

// Kind returns what is the matter in a word: unmerged, untracked, deleted,
// modified or, if the work tree is as the index, staged.
func (c Change) Kind() string {
	both := string([]byte{c.Index, c.Work})
	switch {
	case both == "??":
		return "untracked"
	case c.Index == 'U' || c.Work == 'U' || both == "AA" || both == "DD":
		return "unmerged"
	case c.Work == 'D' || c.Index == 'D' && c.Work == ' ':
		return "deleted"
	case c.Work != ' ':
		return "modified"
	}
	return "staged"
}

// Changes returns the changes of the paths, or of all files if there are none.
// Files that git is told to ignore are left out. Of submodules, only another
// commit than the index's is a change.
func (t *Tree) Changes(paths ...string) ([]Change, error) {
	out, err := t.gitOn(paths, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignored=no", "--ignore-submodules=dirty")
	if err != nil {
		return nil, err
	}
	return parseStatus(out), nil
}

// parseStatus reads the output of git status --porcelain=v1 -z --no-renames.
func parseStatus(out []byte) []Change {
	var all []Change
	for _, entry := range split(out) {
		if len(entry) > 3 {
			all = append(all, Change{entry[3:], entry[0], entry[1]})
		}
	}
	return all
}
