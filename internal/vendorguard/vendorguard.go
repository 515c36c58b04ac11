// Package vendorguard tells what would be lost with a directory that go mod vendor
// deletes before it fills it. What go mod vendor has made can be made again; a
// repository below it, or files that it never wrote, cannot.
package vendorguard

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/textfile"
)

// Check returns an error if the directory is one that the go command must not
// delete: there is a repository at or below it, or it has files and no modules.txt,
// so that go mod vendor did not make it. The latter does not matter where isKnown
// reports that something else says that it did. A directory that does not exist may
// be deleted. Errors call it name.
func Check(dir, name string, isKnown func() bool) error {
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return nil // of a link, only the link is deleted
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // the go command says so
	}
	refuse := func(at, msg, hint string) error {
		return &diag.Error{Pos: diag.Pos{File: at}, Msg: msg, Hint: hint}
	}
	if at := repository(dir); at != "" {
		rel, err := filepath.Rel(dir, at)
		if err != nil {
			return err
		}
		return refuse(filepath.ToSlash(filepath.Join(name, rel)), "is a repository, which would be deleted with its commits", "move it out of "+name+", or remove it yourself")
	}
	if _, err := os.Lstat(filepath.Join(dir, "modules.txt")); errors.Is(err, fs.ErrNotExist) && len(entries) > 0 && !isKnown() {
		return refuse(name, "has files, but no modules.txt: go mod vendor did not make it, and would delete it", "move it away, or remove it yourself")
	}
	return nil
}

// Unknown is the isKnown of callers to whom nothing else tells what made a
// directory.
func Unknown() bool { return false }

// errFound ends a walk.
var errFound = errors.New("found")

// repository returns the directory of the first repository at or below dir, or "".
func repository(dir string) (at string) {
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case isRepository(path, entry):
			at = filepath.Dir(path)
			return errFound
		}
		return nil
	})
	return at
}

// isRepository reports whether an entry is where the directory that it lies in
// keeps its history.
func isRepository(path string, entry fs.DirEntry) bool {
	switch entry.Name() {
	case ".git", ".hg", ".svn", ".bzr":
	default:
		return false
	}
	if !entry.IsDir() {
		return entry.Name() == ".git" && entry.Type().IsRegular() && isWorktree(path)
	}
	entries, err := os.ReadDir(path)
	return err != nil || len(entries) > 0
}

// isWorktree reports whether a file .git belongs to the directory that it lies in:
// that of a submodule or of a linked worktree. The plain go mod vendor copies the
// file from a replacement that is a submodule, and the copy leads nowhere, or to a
// repository whose work tree is elsewhere.
func isWorktree(file string) bool {
	text, err := textfile.Read(file, 64<<10)
	if err != nil {
		return false
	}
	gitDir, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir:")
	if !ok {
		return false
	}
	dir := filepath.Dir(file)
	gitDir = from(dir, strings.TrimSpace(gitDir))
	if back, err := textfile.Read(filepath.Join(gitDir, "gitdir"), 64<<10); err == nil { // of git worktree add
		return isSame(from(gitDir, strings.TrimSpace(string(back))), file)
	}
	config, err := textfile.Read(filepath.Join(gitDir, "config"), 1<<20)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(config)) {
		key, value, _ := strings.Cut(line, "=")
		if strings.EqualFold(strings.TrimSpace(key), "worktree") {
			return isSame(from(gitDir, strings.Trim(strings.TrimSpace(value), `"`)), dir)
		}
	}
	return true
}

// from returns a path that is relative to a directory.
func from(dir, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func isSame(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
