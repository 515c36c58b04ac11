package git

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

var errIndex = errors.New("malformed pack index")

// An index finds objects in a pack by the .idx file next to it, version 1 or 2
// of gitformat-pack(5). It reads the file piece by piece and holds only the
// fan-out table.
type index struct {
	r       io.ReaderAt
	hashLen int
	fanout  [256]uint32

	// Entry i of a table is at its start plus i times its stride.
	names, offsets table
	large, end     int64 // the table of 8-byte offsets, and where it must end
}

type table struct{ start, stride int64 }

func (t table) at(i uint32) int64 { return t.start + int64(i)*t.stride }

// newIndex reads the fan-out table of an .idx file of the given size, and sees
// that the tables it implies fit in there.
func newIndex(r io.ReaderAt, size int64, hashLen int) (*index, error) {
	x := &index{r: r, hashLen: hashLen, end: size - 2*int64(hashLen)}
	var head [8 + 256*4]byte
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return nil, errIndex
	}
	fanout, v2 := head[:], bytes.HasPrefix(head[:], []byte("\xfftOc"))
	if v2 {
		if binary.BigEndian.Uint32(head[4:]) != 2 {
			return nil, errors.New("unknown version of pack index")
		}
		fanout = head[8:]
	}
	for i := range x.fanout {
		x.fanout[i] = binary.BigEndian.Uint32(fanout[4*i:])
		if i > 0 && x.fanout[i] < x.fanout[i-1] {
			return nil, errIndex
		}
	}
	x.layOut(v2)
	if x.large > x.end {
		return nil, errIndex
	}
	return x, nil
}

// layOut computes where the tables are.
func (x *index) layOut(v2 bool) {
	n, width := x.fanout[255], int64(x.hashLen)
	if v2 {
		x.names = table{8 + 256*4, width}
		checksums := table{x.names.at(n), 4}
		x.offsets = table{checksums.at(n), 4}
		x.large = x.offsets.at(n)
		return
	}
	x.offsets = table{256 * 4, 4 + width}
	x.names = table{256*4 + 4, 4 + width}
	x.large = x.offsets.at(n)
}

// find returns the offset in the pack of the object with that name.
func (x *index) find(name []byte) (off int64, ok bool, err error) {
	lo, hi := uint32(0), x.fanout[name[0]]
	if name[0] > 0 {
		lo = x.fanout[name[0]-1]
	}
	var buf [sha256Len]byte
	got := buf[:x.hashLen]
	for lo < hi {
		mid := lo + (hi-lo)/2
		if _, err := x.r.ReadAt(got, x.names.at(mid)); err != nil {
			return 0, false, err
		}
		switch c := bytes.Compare(got, name); {
		case c == 0:
			off, err = x.offset(mid)
			return off, err == nil, err
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return 0, false, nil
}

// offset reads entry i of the table of offsets. In version 2 the highest bit
// says that the rest is the place in the table of 8-byte offsets.
func (x *index) offset(i uint32) (int64, error) {
	var b [8]byte
	if _, err := x.r.ReadAt(b[:4], x.offsets.at(i)); err != nil {
		return 0, err
	}
	off := binary.BigEndian.Uint32(b[:])
	if x.offsets.stride > 4 || off>>31 == 0 {
		return int64(off), nil
	}
	at := table{x.large, 8}.at(off & math.MaxInt32)
	if at+8 > x.end {
		return 0, errIndex
	}
	if _, err := x.r.ReadAt(b[:], at); err != nil {
		return 0, err
	}
	wide := binary.BigEndian.Uint64(b[:])
	if wide > math.MaxInt64 {
		return 0, errIndex
	}
	return int64(wide), nil
}
