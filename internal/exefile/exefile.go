// Package exefile reads programs that the go command has built, for Linux and
// the other systems with ELF files, for macOS (Mach-O) and for Windows (PE): what
// lies at an address, and at which address a variable lies. Nothing is run.
//
// A file may be hostile: what it says of sizes is bounded by its own size, that of
// one section and of all together.
package exefile

import (
	"bytes"
	"debug/buildinfo"
	"debug/dwarf"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"runtime/debug"

	"github.com/goshim/goshim/internal/diag"
)

// A File is an open program.
type File struct {
	Order    binary.ByteOrder
	PtrSize  int // bytes of a pointer: 4 or 8
	Sections []Section

	symbols map[string]uint64 // addresses, as the symbol table has them
	words   map[uint64]uint64 // pointers that the loader writes
	base    uint64            // the address that others may be counted from
	low     uint64            // the lowest address
	high    uint64            // behind the highest one
	dwarf   func() (*dwarf.Data, error)
	f       *os.File
}

// A Section is a part of the program that has an address.
type Section struct {
	Name string
	Addr uint64
	Size uint64      // in memory
	data io.ReaderAt // nil if it is all zeros
	have uint64      // bytes in the file
}

// Data returns what the file has of the section, up to its size in memory.
func (s *Section) Data() ([]byte, error) {
	if s.data == nil {
		return nil, nil
	}
	// ReadAll grows with what is there, whatever the header says.
	return io.ReadAll(io.NewSectionReader(s.data, 0, int64(min(s.have, s.Size))))
}

// Open opens a program. Errors are a *[diag.Error].
func Open(path string) (*File, error) {
	// Opening a named pipe would wait for a writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, &diag.Error{Msg: err.Error()}
	}
	if !info.Mode().IsRegular() {
		return nil, &diag.Error{Msg: path + " is not a regular file"}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &diag.Error{Msg: err.Error()}
	}
	e, err := read(f, uint64(info.Size()))
	if err != nil {
		f.Close()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errTruncated
		}
		return nil, &diag.Error{Msg: path + ": " + err.Error()}
	}
	e.f = f
	e.low = math.MaxUint64
	for _, s := range e.Sections {
		e.low, e.high = min(e.low, s.Addr), max(e.high, s.Addr+s.Size)
	}
	return e, nil
}

// Close closes the file.
func (f *File) Close() error { return f.f.Close() }

// BuildInfo returns what the go command recorded in the program.
func (f *File) BuildInfo() (*debug.BuildInfo, error) { return buildinfo.Read(f.f) }

var (
	errNoProgram = errors.New("not a program for Linux, macOS or Windows that Go could have built")
	errTruncated = errors.New("the file ends before what its header says")
	errCrowded   = errors.New("its sections are too many, or have more of the file than there is")
)

// maxSections bounds what looking up an address takes. Linkers make some dozens.
const maxSections = 1000

// checkSections wants n sections of a file to be no more than a linker makes, and
// to have no more bytes together than the file, but for what is filled up at its
// end. In others they overlap, and reading all would have no end.
func checkSections(size uint64, n int, have func(int) uint64) error {
	if n > maxSections {
		return errCrowded
	}
	for i, left := 0, 2*size; i < n; i++ {
		one := have(i)
		if one > left {
			return errCrowded
		}
		left -= one
	}
	return nil
}

// read reads the headers of a program of that many bytes.
func read(r io.ReaderAt, size uint64) (*File, error) {
	head := make([]byte, 4)
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, errNoProgram
	}
	magic := binary.LittleEndian.Uint32(head)
	switch {
	case string(head) == "\x7fELF":
		return readELF(r, size)
	case magic&^1 == 0xfeedface || binary.BigEndian.Uint32(head)&^1 == 0xfeedface:
		return readMacho(r, size)
	case bytes.HasPrefix(head, []byte("MZ")):
		return readPE(r, size)
	}
	return nil, errNoProgram
}

// Stripped reports whether the file has no symbol table.
func (f *File) Stripped() bool { return len(f.symbols) == 0 }

// Variable returns the address of a package's variable, by the name that the
// linker knows it by. Without a symbol table it asks the debugging information.
// Stripped programs have neither.
func (f *File) Variable(name string) (addr uint64, ok bool) {
	if !f.Stripped() {
		for _, prefix := range []string{"", "_"} { // C names of Mach-O and 32-bit PE files have the second
			if addr, ok := f.symbols[prefix+name]; ok {
				return addr, true
			}
		}
		return 0, false
	}
	addr, ok = f.globals()[name]
	return addr, ok
}

// HasNames reports whether the file names its variables at all.
func (f *File) HasNames() bool { return !f.Stripped() || len(f.globals()) > 0 }

// globals returns the addresses of variables by the debugging information.
func (f *File) globals() map[string]uint64 {
	all := make(map[string]uint64)
	data, err := f.dwarf()
	if err != nil {
		return all
	}
	for r := data.Reader(); ; {
		entry, err := r.Next()
		if err != nil || entry == nil {
			return all
		}
		if entry.Tag == dwarf.TagVariable {
			name, _ := entry.Val(dwarf.AttrName).(string)
			loc, _ := entry.Val(dwarf.AttrLocation).([]byte)
			const opAddr = 0x03 // DW_OP_addr
			if len(loc) == 1+f.PtrSize && loc[0] == opAddr {
				all[name] = f.word(loc[1:])
			}
		}
		if entry.Tag != dwarf.TagCompileUnit {
			r.SkipChildren()
		}
	}
}

// Bytes returns the n bytes at an address.
func (f *File) Bytes(addr, n uint64) ([]byte, error) {
	for i := range f.Sections {
		s := &f.Sections[i]
		if addr < s.Addr || addr-s.Addr > s.Size || n > s.Size-(addr-s.Addr) {
			continue
		}
		off := addr - s.Addr
		buf := make([]byte, min(n, maxBytes))
		if n > maxBytes {
			return nil, errTooLong
		}
		if s.data != nil && off < s.have {
			part := buf[:min(n, s.have-off)]
			if _, err := s.data.ReadAt(part, int64(off)); err != nil {
				return nil, err
			}
		}
		return buf, nil
	}
	return nil, errNoSuchAddress
}

// maxBytes bounds what a program can make us read as one value.
const maxBytes = 1 << 20

var (
	errTooLong       = errors.New("a value of more than 1 MiB")
	errNoSuchAddress = errors.New("an address that is outside of the program")
)

// Word returns the integer of a pointer's size at an address.
func (f *File) Word(addr uint64) (uint64, error) {
	b, err := f.Bytes(addr, uint64(f.PtrSize))
	if err != nil {
		return 0, err
	}
	return f.word(b), nil
}

func (f *File) word(b []byte) uint64 {
	if f.PtrSize == 4 {
		return uint64(f.Order.Uint32(b))
	}
	return f.Order.Uint64(b)
}

// Pointer returns the pointer at an address, as it will be once the program is
// loaded at the addresses that its file has.
func (f *File) Pointer(addr uint64) (uint64, error) {
	p, err := f.Word(addr)
	if err != nil {
		return 0, err
	}
	if loaded, ok := f.words[addr]; ok {
		return loaded, nil
	}
	if p == 0 || f.mapped(p) {
		return p, nil
	}
	// Fixups of Mach-O files as chains keep the target in the lower 36 bits, as
	// an address or from the lowest one (mach-o/fixup-chains.h).
	const target = 1<<36 - 1
	for _, q := range []uint64{p & target, p&target + f.base} {
		if f.PtrSize == 8 && f.mapped(q) {
			return q, nil
		}
	}
	return 0, errNoSuchAddress
}

func (f *File) mapped(addr uint64) bool {
	for _, s := range f.Sections {
		if addr >= s.Addr && addr-s.Addr < s.Size {
			return true
		}
	}
	return false
}

// String returns the value of the string variable at an address: its header is a
// pointer and a length.
func (f *File) String(addr uint64) (string, error) {
	n, err := f.Word(addr + uint64(f.PtrSize))
	if err != nil || n == 0 {
		return "", err
	}
	p, err := f.Pointer(addr)
	if err != nil {
		return "", err
	}
	b, err := f.Bytes(p, n)
	return string(b), err
}

// EachPointer calls visit for what may be a pointer: every aligned word of the
// program's data that is an address in it.
func (f *File) EachPointer(visit func(at, to uint64)) {
	for at, to := range f.words {
		visit(at, to)
	}
	size := uint64(f.PtrSize)
	for _, s := range f.Sections {
		data, err := s.Data()
		if err != nil {
			continue
		}
		for off := -s.Addr % size; off+size <= uint64(len(data)); off += size {
			if to := f.word(data[off:]); to >= f.low && to < f.high {
				visit(s.Addr+off, to)
			}
		}
	}
}
