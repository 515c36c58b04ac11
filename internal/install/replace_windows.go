package install

import (
	"os"
	"path/filepath"
	"strings"
)

// oldMark stands in the names of binaries that were replaced while they ran.
const oldMark = ".old-"

// replaceBinary renames the file from to the file to. Windows does not let go
// of a program that runs, but it can be renamed.
func replaceBinary(from, to string) error {
	removeOld(to)
	if exists(to) {
		aside, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+oldMark)
		if err != nil {
			return err
		}
		aside.Close()
		if err := os.Rename(to, aside.Name()); err != nil {
			os.Remove(aside.Name())
			return err
		}
		defer removeOld(to)
	}
	return os.Rename(from, to)
}

// removeBinary removes the file at path. One that runs is renamed, and stays
// in the folder of temporary files.
func removeBinary(path string) (bool, error) {
	removeOld(path)
	removed, err := removeFile(path)
	if err == nil {
		return removed, nil
	}
	aside, err := os.MkdirTemp("", "goshim-old-")
	if err != nil {
		return false, err
	}
	err = os.Rename(path, filepath.Join(aside, filepath.Base(path)))
	return err == nil, err
}

// removeOld removes what earlier replacements of path left, as far as it no
// longer runs.
func removeOld(path string) {
	entries, _ := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(path)+oldMark) {
			os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}
