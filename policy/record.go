package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/internal/userdir"
)

// A record is a small file of goshim's state about one path: its first line
// is the path, the rest what is known of it. Records are replaced whole, by
// renaming, so that readers need no lock and a crash leaves the old one.

// Records are the folders of goshim's state, a kind of record each.
var Records = []string{"env", "trust"}

// recordFile returns the file that holds the record of the given kind about
// path, or "" if there is no place for state.
func recordFile(kind, path string, getenv userdir.Getenv) string {
	dir := userdir.State(getenv)
	if dir == "" || path == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(dir, kind, hex.EncodeToString(sum[:16]))
}

// readRecord returns the content of a record, "" if there is none.
func readRecord(file string) string {
	kind := filepath.Dir(file)
	if file == "" || userdir.CheckOwn(filepath.Dir(kind), kind, file) != nil {
		return "" // what others may have written says nothing
	}
	data, err := textfile.Read(file, 1<<20)
	if err != nil {
		return ""
	}
	return string(data)
}

func writeRecord(file, content string) error {
	if file == "" {
		return &diag.Error{Msg: "no place for state: neither HOME nor XDG_STATE_HOME is set"}
	}
	if err := replaceFile(file, content); err != nil {
		return &diag.Error{Msg: "writing goshim's state: " + err.Error(), Hint: "set XDG_STATE_HOME to a folder that can be written"}
	}
	return nil
}

func replaceFile(file, content string) error {
	kind := filepath.Dir(file)
	for _, dir := range []string{filepath.Dir(kind), kind} {
		if err := userdir.MakeDir(dir); err != nil {
			return err
		}
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return err
	}
	_, err = tmp.WriteString(content)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}

func removeRecord(file string) error {
	if file == "" {
		return nil
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// canonical follows links, so that every way to a path has one record.
func canonical(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
