package git

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"
)

var errPackedRef = errors.New("malformed packed ref")

// A packedRef is one ref of packed-refs. Its bytes are valid until the next.
type packedRef struct {
	name []byte
	id   []byte // in hex
	// peeled is the object a tag leads to in the end, which is id if it is
	// no tag object. It is nil where the file does not tell.
	peeled []byte
}

// findPacked returns the hash of name in packed-refs, "" if it is not there.
func (r *Repo) findPacked(name string) (hash, error) {
	var found hash
	err := r.scanPacked(func(ref packedRef, sorted bool) bool {
		switch c := strings.Compare(string(ref.name), name); {
		case c == 0:
			found = toHash(ref.id)
			return false
		case c > 0 && sorted:
			return false
		}
		return true
	})
	return found, err
}

// scanPacked calls f for each ref of packed-refs until f returns false. Sorted
// tells whether the file says that its names ascend. No file means no refs.
func (r *Repo) scanPacked(f func(ref packedRef, sorted bool) bool) error {
	path := filepath.Join(r.commonDir, "packed-refs")
	file, err := openRegular(path)
	if isAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	s := packedScanner{hashLen: r.hashLen}
	if err := s.scan(file, f); err != nil {
		return fileErrorf(path, "line %d: %v", s.line, err)
	}
	return nil
}

// A packedScanner reads packed-refs, as the comment in git's
// refs/packed-backend.c describes it:
//
//	# pack-refs with: peeled fully-peeled sorted
//	HASH SP NAME
//	^HASH
//
// where the last line is about the ref before it.
type packedScanner struct {
	hashLen int
	line    int

	sorted      bool // names ascend
	peeled      bool // a ref in refs/tags without a ^ line is no tag object
	fullyPeeled bool // nor is any other ref
}

func (s *packedScanner) scan(r io.Reader, f func(ref packedRef, sorted bool) bool) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), 64<<10)
	var ref packedRef
	var held, peeled []byte // keep the bytes of ref over the next read
	for lines.Scan() {
		s.line++
		line := lines.Bytes()
		switch {
		case len(line) > 0 && line[0] == '#':
			if s.line == 1 {
				s.header(string(line))
			}
		case len(line) > 0 && line[0] == '^':
			if ref.name == nil || !isHash(line[1:], s.hashLen) {
				return errPackedRef
			}
			peeled = append(peeled[:0], line[1:]...)
			ref.peeled = peeled
		default:
			if ref.name != nil && !f(ref, s.sorted) {
				return nil
			}
			held = append(held[:0], line...)
			var ok bool
			if ref, ok = s.parse(held); !ok {
				return errPackedRef
			}
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if ref.name != nil {
		f(ref, s.sorted)
	}
	return nil
}

// header takes the traits from the first line.
func (s *packedScanner) header(line string) {
	_, traits, _ := strings.Cut(line, ":")
	for trait := range strings.FieldsSeq(traits) {
		switch trait {
		case "sorted":
			s.sorted = true
		case "peeled":
			s.peeled = true
		case "fully-peeled":
			s.fullyPeeled = true
		}
	}
}

func (s *packedScanner) parse(line []byte) (ref packedRef, ok bool) {
	ref.id, ref.name, ok = bytes.Cut(line, []byte(" "))
	if !ok || len(ref.name) == 0 || !isHash(ref.id, s.hashLen) {
		return packedRef{}, false
	}
	if s.fullyPeeled || s.peeled && bytes.HasPrefix(ref.name, []byte("refs/tags/")) {
		ref.peeled = ref.id
	}
	return ref, true
}
