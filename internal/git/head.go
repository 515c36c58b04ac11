package git

import (
	"io/fs"
	"strings"
	"time"
)

// Branch returns the name of the branch that HEAD is on, without refs/heads/,
// also when it has no commit yet. It returns "" when HEAD is detached. It reads
// HEAD and the loose refs that a symbolic ref leads to, never packed-refs.
func (r *Repo) Branch() (string, error) {
	last, _, err := r.head()
	if err != nil || last == "HEAD" {
		return "", err
	}
	branch, ok := strings.CutPrefix(last, "refs/heads/")
	if !ok {
		return "", fileErrorf(r.refPath("HEAD"), "points to %s, outside of refs/heads", last)
	}
	return branch, nil
}

// Commit returns the full hash of HEAD's commit in hex: 40 digits, or 64 in a
// SHA-256 repository. The error wraps [ErrNoCommit] if the branch has none. It
// reads refs only, so the commit itself may be missing.
func (r *Repo) Commit() (string, error) {
	id, err := r.headID()
	return string(id), err
}

// CommitTime returns the committer date of HEAD's commit, in UTC. The error
// wraps [ErrNoCommit] if there is none.
func (r *Repo) CommitTime() (time.Time, error) {
	id, err := r.headID()
	if err != nil {
		return time.Time{}, err
	}
	s := r.objects()
	defer s.close()
	c, err := s.commit(id)
	if err != nil {
		return time.Time{}, err
	}
	return time.Unix(c.time, 0).UTC(), nil
}

// head returns the ref that HEAD leads to, "HEAD" when detached, and its hash
// if that ref is loose.
func (r *Repo) head() (last string, id hash, err error) {
	last, id, err = r.follow("HEAD")
	if err == nil && last == "HEAD" && id == "" {
		err = &fs.PathError{Op: "open", Path: r.refPath("HEAD"), Err: fs.ErrNotExist}
	}
	return last, id, err
}

func (r *Repo) headID() (hash, error) {
	last, id, err := r.head()
	if err != nil || id != "" {
		return id, err
	}
	if !perWorktree(last) {
		if id, err = r.findPacked(last); err != nil {
			return "", err
		}
	}
	if id == "" {
		return "", &FileError{r.refPath(last), ErrNoCommit}
	}
	return id, nil
}
