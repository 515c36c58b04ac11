package install

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
)

// The block in a profile: these two lines and what is between them belong to
// setup, all else to the user.
const (
	beginMark   = "# >>> goshim setup >>>"
	endMark     = "# <<< goshim setup <<<"
	createdMark = "# This file did not exist before." // --undo removes it, if nothing was added
)

// Activate puts goshim's block into the profile, at the end or where the block
// is, and reports whether that changed the file. All other lines stay as they
// are, byte for byte. A line of the user's own that does the same is enough.
func (p Profile) Activate(l Layout) (changed bool, err error) {
	data, err := readProfile(p.Path)
	created := errors.Is(err, fs.ErrNotExist)
	if err != nil && !created {
		return false, readingProfile(err)
	}
	lines := slices.Collect(strings.Lines(string(data)))
	begin, end, err := findBlock(p.Path, lines)
	if err != nil {
		return false, err
	}
	if begin == end && p.Activates(l) {
		return false, nil
	}
	block := []string{beginMark + "\n", p.guarded(l) + "\n", endMark + "\n"}
	if created || hasLine(lines[begin:end], createdMark) {
		block = slices.Insert(block, 1, createdMark+"\n")
	}
	if n := len(lines); begin == n && n > 0 && !strings.HasSuffix(lines[n-1], "\n") {
		lines[n-1] += "\n"
	}
	return writeProfile(p.Path, data, slices.Replace(lines, begin, end, block...))
}

// deactivate removes goshim's block from the profile and reports whether there
// was one.
func (p Profile) deactivate() (changed bool, err error) {
	data, err := readProfile(p.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, readingProfile(err)
	}
	lines := slices.Collect(strings.Lines(string(data)))
	begin, end, err := findBlock(p.Path, lines)
	if err != nil || begin == end {
		return false, err
	}
	if hasLine(lines[begin:end], createdMark) && end-begin == len(lines) {
		changed, err = removeFile(p.Path)
		if p.fish {
			os.Remove(filepath.Dir(p.Path)) // if it is empty
		}
		return changed, err
	}
	for begin < end { // merged profiles may have several
		lines = slices.Delete(lines, begin, end)
		if begin, end, err = findBlock(p.Path, lines); err != nil {
			return false, err
		}
	}
	return writeProfile(p.Path, data, lines)
}

// findBlock returns the lines of the block as lines[begin:end]. Without one,
// both are len(lines).
func findBlock(path string, lines []string) (begin, end int, err error) {
	begin = slices.IndexFunc(lines, func(line string) bool { return isLine(line, beginMark) })
	if begin < 0 {
		return len(lines), len(lines), nil
	}
	n := slices.IndexFunc(lines[begin:], func(line string) bool { return isLine(line, endMark) })
	if n < 0 {
		return 0, 0, &diag.Error{
			Pos:  diag.Pos{File: path, Line: begin + 1, Col: 1},
			Msg:  "goshim's block begins here and does not end",
			Hint: "remove what is left of it by hand, up to a line " + endMark,
		}
	}
	return begin, begin + n + 1, nil
}

func isLine(line, mark string) bool { return strings.TrimRight(line, " \t\r\n") == mark }

func hasLine(lines []string, mark string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return isLine(line, mark) })
}

// readProfile reads the file, which must be a regular one: not a pipe that a
// program fills.
func readProfile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	}
	return os.ReadFile(path)
}

// writeProfile replaces the content of the file if it differs from old, and
// reports whether it does. Links to the file stay links, and its mode stays.
func writeProfile(path string, old []byte, lines []string) (changed bool, err error) {
	content := strings.Join(lines, "")
	if content == string(old) {
		return false, nil
	}
	mode := fs.FileMode(0o644)
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	} else if _, err := os.Lstat(path); err == nil {
		return false, &diag.Error{Msg: "writing " + path + ": the link leads nowhere", Hint: "remove it, or create what it names"}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, notWritable(err)
	}
	if err := writeFile(path, []byte(content), mode); err != nil {
		return false, notWritable(err)
	}
	return true, nil
}

func readingProfile(err error) error {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		return &diag.Error{Msg: "reading " + perr.Path + ": " + perr.Err.Error()}
	}
	return err
}
