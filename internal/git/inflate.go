package git

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"os"
	"strconv"
)

// maxObject bounds the size of what is inflated: commits, tags and deltas.
const maxObject = 1 << 20

var (
	errTooLarge = errors.New("object is larger than 1 MiB")
	errSize     = errors.New("object does not have the size it states")
	errKind     = errors.New("object has another type than expected")
	errLoose    = errors.New("malformed loose object")
)

// An inflater reads zlib streams one after the other with the same buffers.
type inflater struct {
	buf *bufio.Reader
	z   io.ReadCloser
}

// open returns the content of the stream that starts r. It is valid until the
// next call.
func (in *inflater) open(r io.Reader) (io.Reader, error) {
	if in.buf == nil {
		in.buf = bufio.NewReaderSize(r, 4096)
	} else {
		in.buf.Reset(r)
	}
	var err error
	if in.z == nil {
		in.z, err = zlib.NewReader(in.buf)
	} else {
		err = in.z.(zlib.Resetter).Reset(in.buf, nil)
	}
	return in.z, err
}

// sized reads a stream of exactly size bytes, at most maxObject.
func (in *inflater) sized(r io.Reader, size uint64) ([]byte, error) {
	z, err := in.open(r)
	if err != nil {
		return nil, err
	}
	return readSized(z, nil, size)
}

// readSized appends what is left of z to data, which must come to size bytes.
// It reads one more than it needs, to have the checksum at the end verified.
func readSized(z io.Reader, data []byte, size uint64) ([]byte, error) {
	if size > maxObject {
		return nil, errTooLarge
	}
	b := bytes.NewBuffer(data)
	_, err := b.ReadFrom(io.LimitReader(z, int64(size)+1-int64(len(data))))
	if err != nil {
		return nil, err
	}
	if uint64(b.Len()) != size {
		return nil, errSize
	}
	return b.Bytes(), nil
}

// loose reads the loose object in f.
func (in *inflater) loose(f *os.File, want kind) ([]byte, error) {
	l, err := in.looseHeader(f)
	if err != nil {
		return nil, err
	}
	if l.kind != want {
		return nil, &FileError{f.Name(), errKind}
	}
	data, err := readSized(in.z, l.start, l.size)
	if err != nil {
		return nil, &FileError{f.Name(), err}
	}
	return data, nil
}

// A looseHeader is the start of a loose object: "KIND SP SIZE NUL" and the
// first bytes of its content.
type looseHeader struct {
	kind  kind
	size  uint64
	start []byte
}

func (in *inflater) looseHeader(f *os.File) (looseHeader, error) {
	z, err := in.open(f)
	if err != nil {
		return looseHeader{}, &FileError{f.Name(), err}
	}
	start := make([]byte, 32)
	n, err := io.ReadFull(z, start)
	if err != nil && err != io.ErrUnexpectedEOF {
		return looseHeader{}, &FileError{f.Name(), err}
	}
	l, err := parseLooseHeader(start[:n])
	if err != nil {
		return looseHeader{}, &FileError{f.Name(), err}
	}
	return l, nil
}

func parseLooseHeader(start []byte) (looseHeader, error) {
	head, rest, ok := bytes.Cut(start, []byte{0})
	name, digits, _ := bytes.Cut(head, []byte(" "))
	size, err := strconv.ParseUint(string(digits), 10, 63)
	k := kindOf(string(name))
	if !ok || k == 0 || err != nil {
		return looseHeader{}, errLoose
	}
	return looseHeader{k, size, rest}, nil
}
