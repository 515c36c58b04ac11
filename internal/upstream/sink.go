package upstream

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// The largest bodies, as in cmd/go/internal/modfetch/codehost.
const (
	maxZip   = 500 << 20
	maxOther = 16 << 20
)

// A sink takes a body, in a file or in memory.
type sink struct {
	file *os.File // or nil
	buf  []byte
	size int64
	max  int64
}

// reset makes the sink empty.
func (s *sink) reset() error {
	s.buf, s.size = s.buf[:0], 0
	if s.file != nil {
		return s.file.Truncate(0)
	}
	return nil
}

var errTooLarge = errors.New("the file is too large for a module")

// errDst marks a fault of this machine's: no other source mends it.
type errDst struct{ error }

func (e errDst) Unwrap() error { return e.error }

// Write implements [io.Writer].
func (s *sink) Write(p []byte) (int, error) {
	if s.size+int64(len(p)) > s.max {
		return 0, &ContentError{errTooLarge}
	}
	if s.file == nil {
		s.buf = append(s.buf, p...)
	} else if _, err := s.file.WriteAt(p, s.size); err != nil {
		return 0, errDst{err}
	}
	s.size += int64(len(p))
	return len(p), nil
}

// reader returns a reader of what was written.
func (s *sink) reader() io.ReaderAt {
	if s.file != nil {
		return s.file
	}
	return bytes.NewReader(s.buf)
}
