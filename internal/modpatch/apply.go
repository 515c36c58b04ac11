package modpatch

import (
	"bytes"
	"errors"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"

	"github.com/goshim/goshim/internal/diag"
)

// apply applies a unified diff, of git or of diff -u, to the files in dir. It is
// strict: each line must be where the patch says.
func apply(dir *os.Root, patch []byte, name string) error {
	files, _, err := gitdiff.Parse(bytes.NewReader(patch))
	if err != nil {
		return &diag.Error{Pos: diag.Pos{File: name}, Msg: "malformed patch: " + strings.TrimPrefix(err.Error(), "gitdiff: "), Hint: "nothing is changed; git diff and diff -u make patches"}
	}
	if len(files) == 0 {
		return &diag.Error{Pos: diag.Pos{File: name}, Msg: "there is no patch in it", Hint: "git diff and diff -u make patches"}
	}
	for _, f := range files {
		if err := applyFile(dir, f); err != nil {
			return &diag.Error{Pos: diag.Pos{File: name}, Msg: reason(f, err), Hint: "nothing is changed; the patch must be made of exactly this version, with paths from the module's root"}
		}
	}
	return nil
}

// reason says why a file cannot be patched.
func reason(f *gitdiff.File, err error) string {
	msg := "the patch does not apply to " + strconv.Quote(fileName(f)) + ": "
	if failed := (*gitdiff.ApplyError)(nil); errors.As(err, &failed) && failed.Line > 0 {
		msg += "line " + strconv.FormatInt(failed.Line, 10) + ": "
	}
	text := err.Error()
	if conflict := (*gitdiff.Conflict)(nil); errors.As(err, &conflict) {
		text = conflict.Error()
	}
	return msg + strings.TrimPrefix(text, "gitdiff: ")
}

func fileName(f *gitdiff.File) string {
	if f.OldName != "" {
		return f.OldName
	}
	return f.NewName
}

func applyFile(dir *os.Root, f *gitdiff.File) error {
	from, err := local(dir, f.OldName)
	if err != nil {
		return err
	}
	to := from
	if f.NewName != f.OldName {
		if to, err = local(dir, f.NewName); err != nil {
			return err
		}
	}
	var old []byte
	if from != "" {
		if old, err = dir.ReadFile(from); err != nil {
			return errors.New("the module lacks the file")
		}
	} else if _, err := dir.Lstat(to); err == nil {
		return errors.New("the module has the file already")
	}
	var patched bytes.Buffer
	if err := gitdiff.Apply(&patched, bytes.NewReader(old), f); err != nil {
		return err
	}
	if f.IsDelete || f.IsRename {
		if err := dir.Remove(from); err != nil {
			return err
		}
	}
	if f.IsDelete {
		return nil
	}
	if err := dir.MkdirAll(path.Dir(to), 0o777); err != nil {
		return err
	}
	return dir.WriteFile(to, patched.Bytes(), 0o666)
}

// local returns the name of a file of the module by that in the patch, where
// git's a/ or b/, or the name of a directory, may stand before it.
func local(dir *os.Root, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", errors.New("the path leads out of the module")
	}
	if _, err := dir.Lstat(name); err == nil {
		return name, nil
	}
	if _, rest, ok := strings.Cut(name, "/"); ok {
		if _, err := dir.Lstat(rest); err == nil {
			return rest, nil
		}
		if strings.HasPrefix(name, "b/") { // a new file of diff -u
			return rest, nil
		}
	}
	return name, nil
}
