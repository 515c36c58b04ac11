package health

import (
	"errors"
	"io/fs"
	"net/http"
	"os"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/textfile"
)

// readFile answers a request for a file URL as cmd/go/internal/web.getFile does.
func readFile(req *http.Request) (*http.Response, error) {
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: req}
	name := modroute.FileDir(req.URL.Path)
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		resp.StatusCode = http.StatusNotFound
		return resp, nil
	}
	f, err := textfile.Open(name)
	switch {
	case err == nil:
		resp.Body = f
	case errors.Is(err, fs.ErrNotExist):
		resp.StatusCode = http.StatusNotFound
	case errors.Is(err, fs.ErrPermission):
		resp.StatusCode = http.StatusForbidden
	default:
		return nil, err
	}
	return resp, nil
}

// checkDir returns the fault of the directory of a file proxy, or "".
func checkDir(urlPath string) string {
	info, err := os.Stat(modroute.FileDir(urlPath))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such directory"
	case err != nil:
		return shortError(err)
	case !info.IsDir():
		return "is no directory"
	}
	return ""
}
