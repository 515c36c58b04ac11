// Package gitcommit commits some files of a checkout and nothing else: what
// the user has staged stays staged, and what is not committed yet stays so.
//
//	err := gitcommit.Check(files) // before anything is written
//	…                             // write the files
//	err = gitcommit.Commit(files, message)
//
// What looks at the checkout runs git as package gitrun does. The commit itself is
// the user's, with the hooks, signatures and filters that git's configuration
// names.
package gitcommit

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/worktree"
)

// Check returns an error if [Commit] could not commit exactly what its caller
// is going to write to the files: there is no checkout, one of them has changes
// that are not committed, or is ignored, or git is in the middle of a merge. A
// file need not be there.
func Check(files []string) error {
	r, err := open(files)
	if err != nil || r == nil {
		return err
	}
	if _, err := r.Run(nil, "var", "GIT_COMMITTER_IDENT"); err != nil {
		return err
	}
	for _, head := range []string{"MERGE_HEAD", "CHERRY_PICK_HEAD"} {
		if _, err := r.Run(nil, "rev-parse", "--quiet", "--verify", head); err == nil {
			return &diag.Error{
				Msg:  "git is in the middle of a merge or cherry-pick and cannot commit single files",
				Hint: "finish it, or leave out --commit",
			}
		}
	}
	paths := []byte("./" + strings.Join(r.files, "\x00./"))
	if out, err := r.Run(paths, "check-ignore", "-z", "--stdin"); err == nil {
		name, _, _ := strings.Cut(string(out), "\x00")
		return &diag.Error{Msg: filepath.Base(name) + " is ignored by git", Hint: "remove it from .gitignore, or leave out --commit"}
	}
	changes, err := r.Changes(r.files...)
	if err != nil {
		return err
	}
	for _, c := range changes {
		switch c.Kind {
		case worktree.Converted, worktree.Encoded:
			continue
		case worktree.Untracked:
			return &diag.Error{Msg: c.Path + " is not under git's control yet", Hint: "commit it first, or leave out --commit"}
		}
		return &diag.Error{Msg: c.Path + " has changes that are not committed", Hint: "commit them first, or leave out --commit"}
	}
	return nil
}

// Commit commits the files as they are now, new and removed ones too. Hooks
// run. If git refuses, or a hook does, the files and the index stay as they
// are.
func Commit(files []string, message string) error {
	r, err := open(files)
	if err != nil || r == nil {
		return err
	}
	added, err := r.untracked()
	if err != nil {
		return err
	}
	if len(added) > 0 { // git commit knows no files but those of the index
		if _, err := r.asUser(nil, added, "add", "--intent-to-add"); err != nil {
			return err
		}
	}
	_, err = r.asUser([]byte(message), r.files, "commit", "--quiet", "--only", "--cleanup=whitespace", "--file=-")
	if err != nil && len(added) > 0 {
		_, undo := r.asUser(nil, added, "rm", "--quiet", "--cached", "--force")
		err = errors.Join(err, undo)
	}
	return err
}

// A repo is the checkout that the files belong to.
type repo struct {
	*worktree.Tree
	files []string // as git names them, of those that links lead to: git commits a link, not what it names
}

// open returns nil if there are no files.
func open(files []string) (*repo, error) {
	if len(files) == 0 {
		return nil, nil
	}
	r := &repo{}
	for _, path := range files {
		real, err := resolve(path)
		if err != nil {
			return nil, &diag.Error{Msg: err.Error()}
		}
		if r.Tree == nil {
			dir := filepath.Dir(real)
			if r.Tree, err = worktree.Open(context.Background(), dir, os.Environ()); err != nil {
				return nil, withoutCommit(dir, err)
			}
		}
		name, ok := r.Rel(real)
		if !ok {
			return nil, &diag.Error{Msg: real + " is not in the checkout in " + r.Root, Hint: "leave out --commit"}
		}
		r.files = append(r.files, name)
	}
	return r, nil
}

// withoutCommit adds to an error that the command can do without the commit.
func withoutCommit(dir string, err error) error {
	var fault *diag.Error
	if !errors.As(err, &fault) {
		return err
	}
	e := &diag.Error{Msg: fault.Msg, Hint: "leave out --commit"}
	if git.Find(dir) == "" {
		e.Msg = dir + " is not in a git checkout"
	}
	if fault.Hint != "" {
		e.Hint = fault.Hint + "; or " + e.Hint
	}
	return e
}

// resolve returns the path of the file that is written when path is.
func resolve(path string) (string, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return filepath.Abs(real)
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	return filepath.Abs(filepath.Join(dir, filepath.Base(path)))
}

// untracked returns the files that are there and that the index does not have.
func (r *repo) untracked() ([]string, error) {
	var all []string
	for _, name := range r.files {
		if _, err := os.Lstat(r.Path(name)); err != nil {
			continue // removed
		}
		entries, err := r.Index(name)
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			all = append(all, name)
		}
	}
	return all, nil
}

// asUser runs a git command that changes the checkout on some files.
func (r *repo) asUser(stdin []byte, files []string, args ...string) ([]byte, error) {
	return r.AsUser(stdin, append(append(args, "--"), files...)...)
}
