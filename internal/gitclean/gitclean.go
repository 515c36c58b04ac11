// Package gitclean is the check "git-clean": that the work tree is what the last
// commit has, so that whoever clones the commit builds the same.
package gitclean

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/worktree"
)

// Name is the name of the check.
const Name = "git-clean"

// Check compares the whole work tree that dir is in, and the submodules that are
// checked out, with the last commit: the files themselves, and not what git noted
// of them. A file that is changed, staged, unmerged, missing, or neither committed
// nor ignored is a finding; so is one that git is told not to look at, a link that
// leads out of the checkout, and the directory of a submodule that is not checked
// out and yet has files. Files that git is told to ignore are left out. A file that
// differs by nothing but git's conversion of text is worth a note.
//
// It runs git as package gitrun does, and changes nothing. It is an error if
// there is no git or no checkout. The paths are those that the report depends on,
// as package filestate has them.
func Check(ctx context.Context, dir string, env []string) (*finding.Report, []string, error) {
	t, err := worktree.Open(ctx, dir, env)
	if err != nil {
		return nil, nil, err
	}
	c := checker{ctx: ctx, env: env, report: &finding.Report{Check: Name, Root: t.Root}, seen: make(map[string]bool)}
	if err := c.tree(t, ""); err != nil {
		return nil, nil, err
	}
	c.report.Counts = []finding.Count{{What: "tracked file", N: c.files}}
	return c.report, c.inputs, nil
}

type checker struct {
	ctx    context.Context
	env    []string
	report *finding.Report
	seen   map[string]bool // the roots of work trees
	files  int
	inputs []string
}

// tree checks a work tree whose files are named with a prefix.
func (c *checker) tree(t *worktree.Tree, prefix string) error {
	c.seen[t.Root] = true
	inputs, err := t.Inputs()
	if err != nil {
		return err
	}
	c.inputs = append(c.inputs, inputs...)
	hidden, err := c.index(t, prefix)
	if err != nil {
		return err
	}
	changes, err := t.Changes()
	if err != nil {
		return err
	}
	for _, f := range Changed(changes) {
		if !hidden[f.File] {
			f.File = path.Join(prefix, f.File)
			c.report.Add(f)
		}
	}
	submodules, err := t.Submodules()
	if err != nil {
		return err
	}
	for name, commit := range submodules {
		if err := c.submodule(t, name, commit, path.Join(prefix, name)); err != nil {
			return err
		}
	}
	return nil
}

// index finds what git is told not to look at, and returns the paths of that.
func (c *checker) index(t *worktree.Tree, prefix string) (hidden map[string]bool, err error) {
	entries, err := t.Index()
	if err != nil {
		return nil, err
	}
	sparse, err := t.IsSparse()
	if err != nil {
		return nil, err
	}
	hidden = make(map[string]bool)
	left := 0
	for _, e := range entries {
		if !e.IsSubmodule() {
			c.files++
		}
		if f, ok := Hidden(e, t, sparse); ok {
			hidden[e.Path] = true
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
	return hidden, nil
}

// submodule checks the directory of a submodule, of which the last commit has a
// commit: that one must be checked out, or nothing.
func (c *checker) submodule(t *worktree.Tree, name, commit, prefix string) error {
	dir := t.Path(name)
	add := func(severity finding.Severity, message, hint string) {
		c.report.Add(finding.Finding{Rule: "git-submodule", Severity: severity, File: prefix, Message: message, Hint: hint})
	}
	const update = "git submodule update"
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		add(finding.Low, "the submodule is not checked out", "")
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		add(finding.High, "is a file or a link, where the last commit has a submodule", update)
		return nil
	}
	if _, err := os.Lstat(filepath.Join(dir, ".git")); err != nil {
		entries, err := os.ReadDir(dir)
		switch {
		case err != nil:
			return err
		case len(entries) > 0:
			add(finding.High, "the submodule is not checked out, and its directory has files that no commit has", "remove them, then "+update+" --init")
		default:
			add(finding.Low, "the submodule is not checked out", "")
		}
		return nil
	}
	sub, err := worktree.Open(c.ctx, dir, c.env)
	if err != nil {
		return err
	}
	sub.Within = t.Within
	head, err := sub.Commit()
	if err != nil {
		return err
	}
	if head != commit {
		add(finding.High, "the submodule is at another commit", update+", or commit it")
	}
	if c.seen[sub.Root] {
		return nil
	}
	return c.tree(sub, prefix)
}

// Changed returns the findings for changes. Those that follow from a conversion
// are one for each kind of conversion, at the first of the files.
func Changed(changes []worktree.Change) []finding.Finding {
	var all []finding.Finding
	converted := make(map[string]int) // how many, by why
	for _, change := range changes {
		if change.Kind != worktree.Converted {
			all = append(all, changed(change))
		} else if converted[change.Why]++; converted[change.Why] == 1 {
			all = append(all, changed(change))
		}
	}
	for i, f := range all {
		if n := converted[f.Message]; f.Rule == "git-converted" {
			all[i].Message = "differs from the last commit by git's conversion alone: " + f.Message
			if n > 1 {
				all[i].Message += " (and " + diag.Count(n-1, "more file") + ")"
			}
		}
	}
	return all
}

// changed returns the finding for a change. The message about one that is converted
// is how.
func changed(change worktree.Change) finding.Finding {
	f := finding.Finding{Rule: "git-" + string(change.Kind), Severity: finding.High, File: change.Path, Hint: "commit it, or git restore it"}
	switch change.Kind {
	case worktree.Unmerged:
		f.Message, f.Hint = "is unmerged", "finish the merge"
	case worktree.Untracked:
		f.Message, f.Hint = "is not under git's control", "git add it, remove it, or have .gitignore name it"
	case worktree.Deleted:
		f.Message = "is in the last commit, but missing"
	case worktree.Staged:
		f.Message = "is staged, but not committed"
	case worktree.Outside:
		f.Message, f.Hint = "is a link that leads out of the checkout, to "+change.Why, "commit what it leads to"
	case worktree.Converted:
		f.Severity, f.Message, f.Hint = finding.Low, change.Why, ""
	case worktree.Encoded:
		f.Message = "differs from the last commit by a conversion of git that lets other content be taken for the same"
		f.Hint = "remove ident and working-tree-encoding from .gitattributes and .git/info/attributes, and check it out again"
	default:
		f.Message = "is modified"
		if change.Why != "" {
			f.Hint = "git would compare what its filter " + strconv.Quote(change.Why) + " makes of it, which proves nothing of the file; the filter is not run"
		}
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
