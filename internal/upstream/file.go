package upstream

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/textfile"
)

// readFile reads the file of a file:// proxy.
func (t *transfer) readFile() (*Result, error) {
	f, err := textfile.Open(filepath.Join(modroute.FileDir(t.p.url.Path), filepath.FromSlash(t.q.File)))
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
