package upstream

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// readFile reads the file of a file:// proxy.
func (t *transfer) readFile() (*Result, error) {
	f, err := os.Open(filepath.Join(fileDir(t.p.url), filepath.FromSlash(t.q.File)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &StatusError{Status: http.StatusNotFound}
	}
	if err != nil {
		return nil, finalError{err}
	}
	defer f.Close()
	if err := t.sink.reset(); err != nil {
		return nil, errDst{err}
	}
	if _, err := io.Copy(&t.sink, f); err != nil {
		return nil, finalError{err}
	}
	return t.finish(http.Header{})
}

// fileDir returns the directory of a file:// URL, as
// cmd/internal/web/url.go does for URLs without a host.
func fileDir(u *url.URL) string {
	path := u.Path
	if runtime.GOOS == "windows" {
		path = strings.TrimPrefix(path, "/") // /C:/dir
	}
	return filepath.FromSlash(path)
}
