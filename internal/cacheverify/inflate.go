package cacheverify

import (
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// inflate is compress/flate.NewReader, and faster: most of the time of a first
// verification goes into unpacking zips.
func inflate(src io.Reader) io.ReadCloser {
	f, _ := inflaters.Get().(io.ReadCloser)
	if f == nil {
		return &inflater{flate.NewReader(src)}
	}
	f.(flate.Resetter).Reset(src, nil)
	return &inflater{f}
}

var inflaters sync.Pool // of flate's readers

// An inflater goes back to the pool when it is closed.
type inflater struct{ io.ReadCloser }

func (f *inflater) Close() error {
	if f.ReadCloser == nil {
		return nil
	}
	err := f.ReadCloser.Close()
	inflaters.Put(f.ReadCloser)
	f.ReadCloser = nil
	return err
}
