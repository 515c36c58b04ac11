package git

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

var (
	// ErrNoCommit reports that HEAD names a branch without a commit.
	ErrNoCommit = errors.New("the current branch has no commit yet")

	// ErrReftable reports that the refs are kept in a reftable,
	// which this package does not read.
	ErrReftable = errors.New("refs are stored as a reftable")

	// ErrTooDeep reports that [Repo.Describe] would need history that is too
	// long to walk or not in the files: see there.
	ErrTooDeep = errors.New("history is too deep or incomplete to describe")

	errMissing = errors.New("object not found")
)

// A FileError reports a file of the repository with unexpected content.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *FileError) Unwrap() error { return e.Err }

func fileErrorf(path, format string, args ...any) error {
	return &FileError{path, fmt.Errorf(format, args...)}
}

// isAbsent reports whether err means that no file has the name: either there
// is no such entry, or a part of the path is a file (refs/heads/a for a/b).
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
