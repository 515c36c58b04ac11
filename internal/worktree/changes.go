package worktree

import (
	"cmp"
	"slices"

	"github.com/goshim/goshim/internal/gitrun"
)

// A Change is a file that is not what the last commit has.
type Change struct {
	Path string // with slashes, from the root; an untracked repository ends with one
	Kind Kind
	Why  string // more about it, for some kinds
}

// A Kind is what is the matter with a file.
type Kind string

const (
	Unmerged  Kind = "unmerged"  // in the index
	Untracked Kind = "untracked" // not in the commit, not in the index, and not ignored
	Deleted   Kind = "deleted"   // in the commit, and not there
	Modified  Kind = "modified"  // not what the commit has; git would run the filter Why, if any
	Staged    Kind = "staged"    // the index is not what the commit has
	Outside   Kind = "outside"   // a link that leads out of the checkout, to Why

	// Converted is a file of which git stores another text than it has, such as
	// line endings of another system, or a pointer of git-lfs: by Why. All of its
	// content follows from what the commit has, and nothing else differs.
	Converted Kind = "converted"

	// Encoded is a file that git stores as the commit has it, by a conversion that
	// lets files of different content have the same in the commit.
	Encoded Kind = "encoded"
)

// Changes returns the changes of the paths, or of all files if there are none.
// Files that git is told to ignore are left out, and submodules but for the index.
//
// It compares the files themselves with the tree of the last commit. What the
// index says of a file is what the file was when somebody added it, by the filters
// of that day, and not what it is.
func (t *Tree) Changes(paths ...string) ([]Change, error) {
	head, err := t.head(paths...)
	if err != nil {
		return nil, err
	}
	entries, err := t.Index(paths...)
	if err != nil {
		return nil, err
	}
	sparse, err := t.IsSparse()
	if err != nil {
		return nil, err
	}
	files, err := t.compare(head)
	if err != nil {
		return nil, err
	}
	out, err := t.RunOn(paths, "ls-files", "-z", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	all := merge(head, entries, files, sparse)
	for _, name := range gitrun.Split(out) {
		if _, ok := head[name]; !ok {
			all = append(all, Change{Path: name, Kind: Untracked})
		}
	}
	slices.SortFunc(all, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return all, nil
}

// merge returns the changes that follow from the commit, the index and the files,
// each path once.
func merge(head map[string]blob, entries []Entry, files map[string]fileState, sparse bool) []Change {
	index := make(map[string]Entry, len(entries))
	for _, e := range entries {
		e.Unmerged = e.Unmerged || index[e.Path].Unmerged
		index[e.Path] = e
	}
	var all []Change
	for name, b := range head {
		e, has := index[name]
		if c := changed(b, e, has, files[name], sparse); c.Kind != "" {
			c.Path = name
			all = append(all, c)
		}
	}
	for name, e := range index {
		if _, ok := head[name]; ok {
			continue
		}
		kind := Staged
		if e.Unmerged {
			kind = Unmerged
		}
		all = append(all, Change{Path: name, Kind: kind})
	}
	return all
}

// changed returns the change of a file that the commit has.
func changed(b blob, e Entry, inIndex bool, f fileState, sparse bool) Change {
	isAsCommitted := inIndex && e.Hash == b.hash && e.Mode == b.mode
	switch {
	case inIndex && e.Unmerged:
		return Change{Kind: Unmerged}
	case f.absent && sparse && e.SkipWorktree:
		return Change{}
	case f.absent:
		return Change{Kind: Deleted}
	case f.change.Kind == Modified && inIndex && !isAsCommitted && f.hash == e.Hash && !f.otherMode:
		return Change{Kind: Staged}
	case f.change.Kind != "":
		return f.change
	case !isAsCommitted:
		return Change{Kind: Staged}
	}
	return Change{}
}
