// Package textfile reads small files that others may have put there. A named pipe
// would be waited for, a device has no end, and a file with holes may be larger
// than the memory.
package textfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Max is how many bytes are read of a file of a repository, such as go.sum.
const Max = 64 << 20

// Read reads a regular file of at most max bytes, or a link to one. The error is
// an [*fs.PathError].
func Read(path string, max int64) ([]byte, error) {
	data, err := Head(path, max+1)
	if err == nil && int64(len(data)) > max {
		return nil, fault(path, fmt.Errorf("it is larger than %d bytes", max))
	}
	return data, err
}

// Head reads the first n bytes of a regular file, or of a link to one, or as many
// as there are. The error is an [*fs.PathError].
func Head(path string, n int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, n))
	if err != nil {
		return nil, err
	}
	return data, nil
}

// Open opens a regular file, or a link to one, to be read piece by piece. The
// error is an [*fs.PathError].
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return os.Open(path) // whose error is the usual one
	case !info.Mode().IsRegular():
		return nil, fault(path, errors.New("it is not a regular file"))
	}
	return os.Open(path)
}

// OpenIn is [Open] for a file of a file system, such as a directory or a zip.
func OpenIn(fsys fs.FS, name string) (fs.File, error) {
	if info, err := fs.Stat(fsys, name); err == nil && !info.Mode().IsRegular() {
		return nil, fault(name, errors.New("it is not a regular file"))
	}
	return fsys.Open(name)
}

func fault(path string, err error) error {
	return &fs.PathError{Op: "reading", Path: path, Err: err}
}
