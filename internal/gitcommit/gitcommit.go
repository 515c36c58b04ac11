// Package gitcommit commits some files of a checkout and nothing else: what
// the user has staged stays staged, and what is not committed yet stays so.
//
//	err := gitcommit.Check(files) // before anything is written
//	…                             // write the files
//	err = gitcommit.Commit(files, message)
//
// It runs git, so that its configuration, hooks and signatures are the user's.
package gitcommit

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/diag"
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
	if _, err := r.git(nil, "var", "GIT_COMMITTER_IDENT"); err != nil {
		return err
	}
	for _, head := range []string{"MERGE_HEAD", "CHERRY_PICK_HEAD"} {
		if _, err := r.git(nil, "rev-parse", "--quiet", "--verify", head); err == nil {
			return &diag.Error{
				Msg:  "git is in the middle of a merge or cherry-pick and cannot commit single files",
				Hint: "finish it, or leave out --commit",
			}
		}
	}
	paths := []byte(strings.Join(r.files, "\x00"))
	if out, err := r.git(paths, "check-ignore", "-z", "--stdin"); err == nil {
		name, _, _ := strings.Cut(string(out), "\x00")
		return &diag.Error{Msg: filepath.Base(name) + " is ignored by git", Hint: "remove it from .gitignore, or leave out --commit"}
	}
	out, err := r.gitOn(r.files, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")
	if err != nil {
		return err
	}
	entry, _, found := strings.Cut(string(out), "\x00")
	if !found || len(entry) < 4 {
		return nil
	}
	state, name := entry[:2], entry[3:]
	if state == "??" {
		return &diag.Error{Msg: name + " is not under git's control yet", Hint: "commit it first, or leave out --commit"}
	}
	return &diag.Error{Msg: name + " has changes that are not committed", Hint: "commit them first, or leave out --commit"}
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
		if _, err := r.gitOn(added, "add", "--intent-to-add"); err != nil {
			return err
		}
	}
	if err := r.commit(message); err != nil {
		if len(added) > 0 {
			_, undo := r.gitOn(added, "rm", "--quiet", "--cached", "--force")
			err = errors.Join(err, undo)
		}
		return err
	}
	return nil
}

// A repo is the checkout that the files belong to.
type repo struct {
	dir   string   // a directory in it
	files []string // absolute, without symbolic links: git commits a link, not what it names
}

// open returns nil if there are no files.
func open(files []string) (*repo, error) {
	r := &repo{}
	for _, path := range files {
		real, err := resolve(path)
		if err != nil {
			return nil, &diag.Error{Msg: err.Error()}
		}
		r.files = append(r.files, real)
	}
	if len(files) == 0 {
		return nil, nil
	}
	r.dir = filepath.Dir(r.files[0])
	_, err := r.git(nil, "rev-parse", "--show-toplevel")
	var failed *GitError
	if errors.As(err, &failed) {
		return nil, &diag.Error{Msg: r.dir + " is not in a git checkout: " + failed.Error(), Hint: "git init makes one; or leave out --commit"}
	}
	return r, err
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
	for _, path := range r.files {
		if _, err := os.Lstat(path); err != nil {
			continue // removed
		}
		out, err := r.gitOn([]string{path}, "ls-files", "-z")
		if err != nil {
			return nil, err
		}
		if len(out) == 0 {
			all = append(all, path)
		}
	}
	return all, nil
}

func (r *repo) commit(message string) error {
	args := []string{literal, "commit", "--quiet", "--only", "--cleanup=whitespace", "--file=-", "--"}
	_, err := r.git([]byte(message), append(args, r.files...)...)
	return err
}

// literal makes a git command take paths as they are: a * is a *.
const literal = "--literal-pathspecs"

// gitOn runs a git command on some files.
func (r *repo) gitOn(files []string, args ...string) ([]byte, error) {
	args = append(append([]string{literal}, args...), "--")
	return r.git(nil, append(args, files...)...)
}

// git runs git in the checkout and returns its standard output.
func (r *repo) git(stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = r.dir, bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		if args[0] == literal {
			args = args[1:]
		}
		return nil, &GitError{args[0], strings.TrimSpace(stderr.String() + stdout.String())}
	case err != nil:
		return nil, &diag.Error{Msg: "running git: " + err.Error(), Hint: "install git, or leave out --commit"}
	}
	return stdout.Bytes(), nil
}

// A GitError is a git command that failed.
type GitError struct {
	Command string // "commit"
	Output  string // what it said, in as many lines as it likes
}

func (e *GitError) Error() string {
	if e.Output == "" {
		return "git " + e.Command + " failed"
	}
	return "git " + e.Command + ": " + e.Output
}
