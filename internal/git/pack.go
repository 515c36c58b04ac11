package git

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
)

const (
	packHeader = 12   // bytes before the first entry
	maxDeltas  = 4095 // in a chain; git writes no longer ones
)

var (
	errPack  = errors.New("malformed pack")
	errChain = errors.New("chain of deltas is too long")
)

// A pack is a .pack file with its index (gitformat-pack(5)).
type pack struct {
	path  string
	r     io.ReaderAt
	end   int64 // of the entries
	idx   *index
	files []*os.File
}

// openPack opens base.idx and base.pack.
func openPack(base string, hashLen int) (*pack, error) {
	p := &pack{path: base + ".pack"}
	if err := p.load(base+".idx", hashLen); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *pack) load(idxPath string, hashLen int) error {
	idx, idxSize, err := p.open(idxPath)
	if err != nil {
		return err
	}
	data, size, err := p.open(p.path)
	if err != nil {
		return err
	}
	if p.idx, err = newIndex(idx, idxSize, hashLen); err != nil {
		return &FileError{idxPath, err}
	}
	if err := p.init(data, size); err != nil {
		return &FileError{p.path, err}
	}
	return nil
}

func (p *pack) open(path string) (*os.File, int64, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, 0, err
	}
	p.files = append(p.files, f)
	fi, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	return f, fi.Size(), nil
}

func (p *pack) close() {
	for _, f := range p.files {
		f.Close()
	}
}

// init checks the header of a pack of the given size.
func (p *pack) init(r io.ReaderAt, size int64) error {
	p.r, p.end = r, size-int64(p.idx.hashLen)
	var head [packHeader]byte
	if _, err := r.ReadAt(head[:], 0); err != nil || string(head[:4]) != "PACK" {
		return errPack
	}
	if v := binary.BigEndian.Uint32(head[4:]); v != 2 && v != 3 {
		return errors.New("unknown version of pack")
	}
	return nil
}

// kind returns the kind of the object at off, without inflating it.
func (p *pack) kind(off int64) (kind, error) {
	chain, err := p.chain(off)
	if err != nil {
		return 0, &FileError{p.path, err}
	}
	return chain[len(chain)-1].kind, nil
}

// read returns the content of the object at off.
func (p *pack) read(off int64, want kind, in *inflater) ([]byte, error) {
	chain, err := p.chain(off)
	if err == nil && chain[len(chain)-1].kind != want {
		err = errKind
	}
	var data []byte
	for i := len(chain) - 1; i >= 0 && err == nil; i-- {
		var next []byte
		e := chain[i]
		next, err = in.sized(io.NewSectionReader(p.r, e.data, p.end-e.data), e.size)
		if err == nil && i < len(chain)-1 {
			next, err = patch(data, next)
		}
		data = next
	}
	if err != nil {
		return nil, &FileError{p.path, err}
	}
	return data, nil
}

// chain returns the entry at off and, while that is a delta, its base. The
// last one is an object in full.
func (p *pack) chain(off int64) ([]entry, error) {
	var chain []entry
	for range maxDeltas + 1 {
		e, err := p.entry(off)
		if err != nil {
			return nil, err
		}
		chain = append(chain, e)
		if e.base == 0 {
			return chain, nil
		}
		off = e.base
	}
	return nil, errChain
}

// An entry is the header of one in a pack.
type entry struct {
	kind kind
	size uint64 // inflated
	data int64  // offset of the zlib stream
	base int64  // offset of the entry that a delta builds on, or 0
}

func (p *pack) entry(off int64) (entry, error) {
	if off < packHeader || off >= p.end {
		return entry{}, errPack
	}
	var buf [10 + sha256Len]byte // a size, then the distance or name of a base
	head := buf[:min(int64(len(buf)), p.end-off)]
	if _, err := p.r.ReadAt(head, off); err != nil {
		return entry{}, err
	}
	b := packReader{b: head}
	c := b.byte()
	e := entry{kind: kind(c >> 4 & 7), size: uint64(c & 15)}
	if c&0x80 != 0 {
		e.size |= b.varint() << 4
	}
	var err error
	switch e.kind {
	case kindCommit, kindTree, kindBlob, kindTag:
	case kindOfsDelta:
		e.base = off - int64(b.distance())
	case kindRefDelta:
		e.base, err = p.findBase(b.take(p.idx.hashLen))
	default:
		err = errPack
	}
	e.data = off + int64(len(head)-len(b.b))
	if b.bad || e.kind > kindTag && (e.base < packHeader || e.base == off) {
		err = errPack
	}
	return e, err
}

// findBase returns the offset of a delta's base by its name. A pack on disk
// holds the bases of its deltas.
func (p *pack) findBase(name []byte) (int64, error) {
	if len(name) == 0 {
		return 0, errPack
	}
	off, ok, err := p.idx.find(name)
	if err == nil && !ok {
		err = errPack
	}
	return off, err
}
