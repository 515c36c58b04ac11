package git

import (
	"io"
	"os"
)

// maxTextFile bounds the small text files: HEAD, refs, config, alternates.
const maxTextFile = 1 << 20

// openRegular opens path, which must be a regular file or a link to one:
// opening a named pipe would hang.
func openRegular(path string) (*os.File, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, fileErrorf(path, "not a regular file")
	}
	return os.Open(path)
}

// readFile returns the content of a regular file of at most maxTextFile bytes.
func readFile(path string) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	return readClose(f)
}

// readRegular is readFile for a path that is known to be a regular file.
func readRegular(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return readClose(f)
}

// readClose reads f, of at most maxTextFile bytes, and closes it.
func readClose(f *os.File) ([]byte, error) {
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTextFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxTextFile {
		return nil, fileErrorf(f.Name(), "larger than %d bytes", maxTextFile)
	}
	return data, nil
}
