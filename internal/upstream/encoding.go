package upstream

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
)

// decode undoes a compression of the answer that nobody asked for, and reports
// whether there was one. The go command takes such answers, as net/http asks for
// gzip in its name and decodes it; here nobody asks, because the rest of a file that
// breaks off can only be asked for if it comes as it is.
func decode(resp *http.Response) bool {
	if !strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		return false
	}
	resp.Body = &unzipped{packed: resp.Body}
	resp.ContentLength = -1
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	return true
}

// An unzipped body reads its header with the first bytes, as an answer to HEAD and
// some errors have none.
type unzipped struct {
	packed io.ReadCloser
	reader *gzip.Reader
}

// Read implements [io.Reader].
func (u *unzipped) Read(p []byte) (n int, err error) {
	if u.reader == nil {
		if u.reader, err = gzip.NewReader(u.packed); err != nil {
			return 0, err
		}
	}
	return u.reader.Read(p)
}

// Close implements [io.Closer].
func (u *unzipped) Close() error { return u.packed.Close() }
