// Package gitclean is the check "git-clean": that the work tree is what the last
// commit has, so that whoever clones the commit builds the same.
package gitclean

import (
	"context"
	"os"
	"path"
	"path/filepath"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/worktree"
)

// Name is the name of the check.
const Name = "git-clean"

// Check compares the whole work tree that dir is in, and the submodules that are
// checked out, with the last commit. A file that is changed, staged, unmerged,
// missing, or neither committed nor ignored is a finding; so is one that git is
// told not to look at. Files that git is told to ignore are left out.
//
// It runs git as package worktree does, and changes nothing. It is an error if
// there is no git or no checkout.
func Check(ctx context.Context, dir string, env []string) (*finding.Report, error) {
	t, err := worktree.Open(ctx, dir, env)
	if err != nil {
		return nil, err
	}
	c := checker{ctx, env, &finding.Report{Check: Name, Root: t.Root}, make(map[string]bool), 0}
	if err := c.tree(t, ""); err != nil {
		return nil, err
	}
	c.report.Counts = []finding.Count{{What: "tracked file", N: c.files}}
	return c.report, nil
}

type checker struct {
	ctx    context.Context
	env    []string
	report *finding.Report
	seen   map[string]bool // the roots of work trees
	files  int
}

// tree checks a work tree whose files are named with a prefix.
func (c *checker) tree(t *worktree.Tree, prefix string) error {
	c.seen[t.Root] = true
	entries, err := t.Index()
	if err != nil {
		return err
	}
	changes, err := t.Changes()
	if err != nil {
		return err
	}
	sparse, err := t.IsSparse()
	if err != nil {
		return err
	}
	submodules := make(map[string]bool)
	for _, e := range entries {
		if e.IsSubmodule() {
			submodules[e.Path] = true
		}
	}
	for _, change := range changes {
		f := Changed(change, submodules[change.Path])
		f.File = path.Join(prefix, f.File)
		c.report.Add(f)
	}
	left := 0
	for _, e := range entries {
		if !e.IsSubmodule() {
			c.files++
		}
		f, ok := Hidden(e, t, sparse)
		if ok {
			f.File = path.Join(prefix, f.File)
			c.report.Add(f)
		} else if e.SkipWorktree {
			left++
		}
	}
	if left > 0 {
		c.report.Add(finding.Finding{
			Rule: "git-sparse", Severity: finding.Low, File: prefix,
			Message: "files are left out by a sparse checkout; what is there was compared",
		})
	}
	for name := range submodules {
		if err := c.submodule(t, name, path.Join(prefix, name)); err != nil {
			return err
		}
	}
	return nil
}

// submodule checks a submodule if it is checked out.
func (c *checker) submodule(t *worktree.Tree, name, prefix string) error {
	dir := t.Path(name)
	if _, err := os.Lstat(filepath.Join(dir, ".git")); err != nil {
		c.report.Add(finding.Finding{Rule: "git-submodule", Severity: finding.Low, File: prefix, Message: "the submodule is not checked out"})
		return nil
	}
	sub, err := worktree.Open(c.ctx, dir, c.env)
	if err != nil {
		return err
	}
	if c.seen[sub.Root] {
		return nil
	}
	return c.tree(sub, prefix)
}

// Changed returns the finding for a change.
func Changed(change worktree.Change, isSubmodule bool) finding.Finding {
	kind := change.Kind()
	f := finding.Finding{Rule: "git-" + kind, Severity: finding.High, File: change.Path, Hint: "commit it, or git restore it"}
	switch kind {
	case "unmerged":
		f.Message, f.Hint = "is unmerged", "finish the merge"
	case "untracked":
		f.Message, f.Hint = "is not under git's control", "git add it, remove it, or have .gitignore name it"
	case "deleted":
		f.Message = "is in the last commit, but missing"
	case "staged":
		f.Message = "is staged, but not committed"
	default:
		f.Message = "is modified"
	}
	if isSubmodule && kind == "modified" {
		f.Message, f.Hint = "the submodule is at another commit", "git submodule update, or commit it"
	}
	return f
}

// Hidden returns the finding for a file of the index whose changes git does not
// see, if it is one. In a sparse checkout, one that is absent is none.
func Hidden(e worktree.Entry, t *worktree.Tree, sparse bool) (finding.Finding, bool) {
	bit := ""
	switch {
	case e.AssumeUnchanged:
		bit = "assume-unchanged"
	case e.SkipWorktree:
		_, err := os.Lstat(t.Path(e.Path))
		if err != nil && sparse {
			return finding.Finding{}, false
		}
		bit = "skip-worktree"
	default:
		return finding.Finding{}, false
	}
	return finding.Finding{
		Rule: "git-hidden", Severity: finding.High, File: e.Path,
		Message: "is marked " + bit + ": git does not see what happens to it",
		Hint:    "git update-index --no-" + bit + " -- FILE",
	}, true
}
