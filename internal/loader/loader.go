// Package loader explains why a program that is there cannot be started: the
// system says "no such file or directory" of the program, and means the one that
// loads it.
package loader

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/textfile"
)

// head is how much of a program is read. What names its loader stands at the
// beginning: behind #!, or in a segment that the headers of an ELF file point to.
const head = 64 << 10

// Missing returns the program that the one at path needs to start, if that is not
// there, or "": the interpreter of a script, or the dynamic loader of a program
// for a C library that the system does not have.
func Missing(path string) string {
	data, err := textfile.Head(path, head)
	if err != nil {
		return ""
	}
	name := interpreter(data)
	if name == "" || !filepath.IsAbs(name) {
		return ""
	}
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		return ""
	}
	return name
}

// interpreter returns the program that loads the one with these bytes, or "".
func interpreter(data []byte) string {
	if line, ok := strings.CutPrefix(string(data), "#!"); ok {
		line, _, _ = strings.Cut(line, "\n")
		if words := strings.Fields(line); len(words) > 0 {
			return words[0]
		}
		return ""
	}
	if len(data) < 64 || string(data[:4]) != "\x7fELF" {
		return ""
	}
	e := elf{data, binary.LittleEndian}
	if data[5] == 2 {
		e.order = binary.BigEndian
	}
	if data[4] == 2 {
		return e.segment(e.number(32, 8), e.number(54, 2), e.number(56, 2), 8, 32, 8)
	}
	return e.segment(e.number(28, 4), e.number(42, 2), e.number(44, 2), 4, 16, 4)
}

// An elf is the beginning of a program of Linux and others (elf(5)).
type elf struct {
	data  []byte
	order binary.ByteOrder
}

// segment returns the text of the segment PT_INTERP, or "", by a table of headers
// that have its offset and length at the given places, in so many bytes each.
func (e elf) segment(table, size, count uint64, offset, length uint64, width uint64) string {
	const interp = 3
	for i := range count {
		header := table + i*size
		if e.number(header, 4) != interp {
			continue
		}
		start := e.number(header+offset, width)
		end := start + e.number(header+length, width)
		if start > end || end > uint64(len(e.data)) {
			return ""
		}
		return strings.TrimRight(string(e.data[start:end]), "\x00")
	}
	return ""
}

// number returns the unsigned number of so many bytes at the offset, or 0 if that
// is not among what was read.
func (e elf) number(offset, width uint64) uint64 {
	if offset > uint64(len(e.data)) || uint64(len(e.data))-offset < width {
		return 0
	}
	field := e.data[offset:]
	switch width {
	case 2:
		return uint64(e.order.Uint16(field))
	case 4:
		return uint64(e.order.Uint32(field))
	}
	return e.order.Uint64(field)
}
