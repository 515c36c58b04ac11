package git

import "errors"

var errDelta = errors.New("malformed delta")

// patch applies delta to base, as "Deltified representation" in
// gitformat-pack(5) has it.
func patch(base, delta []byte) ([]byte, error) {
	d := packReader{b: delta}
	from, to := d.varint(), d.varint()
	if d.bad || from != uint64(len(base)) {
		return nil, errDelta
	}
	if to > maxObject {
		return nil, errTooLarge
	}
	var out []byte
	for len(d.b) > 0 {
		var piece []byte
		switch c := d.byte(); {
		case c == 0:
			return nil, errDelta
		case c < 0x80:
			piece = d.take(int(c))
		default:
			off, size := d.copyArgs(c)
			if off+size > uint64(len(base)) {
				return nil, errDelta
			}
			piece = base[off : off+size]
		}
		if d.bad || len(out)+len(piece) > int(to) {
			return nil, errDelta
		}
		out = append(out, piece...)
	}
	if len(out) != int(to) {
		return nil, errDelta
	}
	return out, nil
}

// A packReader takes values off the front of b. Once b is too short, or a
// value too large, bad stays set and the values mean nothing.
type packReader struct {
	b   []byte
	bad bool
}

func (d *packReader) byte() byte {
	if len(d.b) == 0 {
		d.bad = true
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *packReader) take(n int) []byte {
	if n > len(d.b) {
		d.bad = true
		return nil
	}
	b := d.b[:n]
	d.b = d.b[n:]
	return b
}

// varint reads a size: seven bits in each byte, the lowest first.
func (d *packReader) varint() uint64 {
	var v uint64
	for shift := 0; shift < 56; shift += 7 {
		c := d.byte()
		v |= uint64(c&0x7f) << shift
		if c&0x80 == 0 {
			return v
		}
	}
	d.bad = true
	return 0
}

// distance reads an offset back to a base: seven bits in each byte, the
// highest first, and one added for each byte that follows.
func (d *packReader) distance() uint64 {
	c := d.byte()
	v := uint64(c & 0x7f)
	for c&0x80 != 0 {
		if v >= 1<<55 {
			d.bad = true
			return 0
		}
		c = d.byte()
		v = (v+1)<<7 | uint64(c&0x7f)
	}
	return v
}

// copyArgs reads the offset and size of a copy: the bits of op say which of
// their bytes are there. A size of zero means 64 KiB.
func (d *packReader) copyArgs(op byte) (off, size uint64) {
	for i := range 7 {
		if op>>i&1 == 0 {
			continue
		}
		if c := uint64(d.byte()); i < 4 {
			off |= c << (8 * i)
		} else {
			size |= c << (8 * (i - 4))
		}
	}
	if size == 0 {
		size = 0x10000
	}
	return off, size
}
