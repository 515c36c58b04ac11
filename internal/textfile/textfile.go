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

// Read reads a regular file of at most max bytes, or a link to one. The error is
// an [*fs.PathError].
func Read(path string, max int64) ([]byte, error) {
	fault := func(err error) error { return &fs.PathError{Op: "reading", Path: path, Err: err} }
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fault(errors.New("it is no regular file"))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, max+1))
	if err == nil && int64(len(data)) > max {
		err = fault(fmt.Errorf("it is larger than %d bytes", max))
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}
