package exefile

import (
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"errors"
	"io"
)

func readELF(r io.ReaderAt, size uint64) (*File, error) {
	e, err := elf.NewFile(r)
	if err != nil {
		return nil, err
	}
	err = checkSections(size, len(e.Sections), func(i int) uint64 {
		if s := e.Sections[i]; s.Type != elf.SHT_NOBITS {
			return s.FileSize
		}
		return 0
	})
	if err != nil {
		return nil, err
	}
	f := &File{Order: e.ByteOrder, PtrSize: 8, symbols: map[string]uint64{}, words: map[uint64]uint64{}, dwarf: e.DWARF}
	if e.Class == elf.ELFCLASS32 {
		f.PtrSize = 4
	}
	for _, s := range e.Sections {
		switch {
		case s.Type == elf.SHT_RELA && f.PtrSize == 8:
			f.readRela(s)
		case s.Flags&elf.SHF_ALLOC == 0 || s.Flags&elf.SHF_TLS != 0 || s.Flags&elf.SHF_COMPRESSED != 0:
		case s.Type == elf.SHT_NOBITS:
			f.Sections = append(f.Sections, Section{Name: s.Name, Addr: s.Addr, Size: s.Size})
		default:
			f.Sections = append(f.Sections, Section{s.Name, s.Addr, s.Size, s.ReaderAt, s.FileSize})
		}
	}
	symbols, err := e.Symbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return nil, err
	}
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF {
			f.symbols[s.Name] = s.Value
		}
	}
	return f, nil
}

// readRela reads the pointers that the loader of a position-independent program
// writes. Go's own linker writes them into the data too; others do not. Those
// about no symbol are an address (System V ABI, R_X86_64_RELATIVE and its like).
func (f *File) readRela(s *elf.Section) {
	data, err := s.Data()
	if err != nil {
		return
	}
	for ; len(data) >= 24; data = data[24:] {
		if info := f.Order.Uint64(data[8:]); info>>32 == 0 {
			f.words[f.Order.Uint64(data)] = f.Order.Uint64(data[16:])
		}
	}
}

func readMacho(r io.ReaderAt, size uint64) (*File, error) {
	m, err := macho.NewFile(r)
	if err != nil {
		return nil, err
	}
	err = checkSections(size, len(m.Sections), func(i int) uint64 {
		if s := m.Sections[i]; !isZeros(s) {
			return s.Size
		}
		return 0
	})
	if err != nil {
		return nil, err
	}
	f := &File{Order: m.ByteOrder, PtrSize: 4, symbols: map[string]uint64{}, dwarf: m.DWARF}
	if m.Magic == macho.Magic64 {
		f.PtrSize = 8
	}
	if text := m.Segment("__TEXT"); text != nil {
		f.base = text.Addr
	}
	for _, s := range m.Sections {
		section := Section{s.Name, s.Addr, s.Size, s.ReaderAt, s.Size}
		if isZeros(s) {
			section = Section{Name: s.Name, Addr: s.Addr, Size: s.Size}
		}
		if s.Seg != "__DWARF" {
			f.Sections = append(f.Sections, section)
		}
	}
	if m.Symtab != nil {
		for _, s := range m.Symtab.Syms {
			const stab, kind, undefined = 0xe0, 0x0e, 0 // mach-o/nlist.h
			if s.Type&stab == 0 && s.Type&kind != undefined {
				f.symbols[s.Name] = s.Value
			}
		}
	}
	return f, nil
}

// isZeros reports whether the file has nothing of a section.
func isZeros(s *macho.Section) bool {
	const typeMask, zerofill, gbZerofill, threadZerofill = 0xff, 0x1, 0xc, 0x12 // mach-o/loader.h
	t := s.Flags & typeMask
	return t == zerofill || t == gbZerofill || t == threadZerofill
}

func readPE(r io.ReaderAt, size uint64) (*File, error) {
	p, err := pe.NewFile(r)
	if err != nil {
		return nil, err
	}
	err = checkSections(size, len(p.Sections), func(i int) uint64 { return uint64(p.Sections[i].Size) })
	if err != nil {
		return nil, err
	}
	f := &File{Order: binary.LittleEndian, symbols: map[string]uint64{}, dwarf: p.DWARF}
	switch h := p.OptionalHeader.(type) {
	case *pe.OptionalHeader32:
		f.PtrSize, f.base = 4, uint64(h.ImageBase)
	case *pe.OptionalHeader64:
		f.PtrSize, f.base = 8, h.ImageBase
	default:
		return nil, errNoProgram
	}
	for _, s := range p.Sections {
		addr := f.base + uint64(s.VirtualAddress)
		f.Sections = append(f.Sections, Section{s.Name, addr, uint64(s.VirtualSize), s.ReaderAt, uint64(s.Size)})
	}
	for _, s := range p.Symbols {
		if n := int(s.SectionNumber); n > 0 && n <= len(p.Sections) {
			f.symbols[s.Name] = f.base + uint64(p.Sections[n-1].VirtualAddress) + uint64(s.Value)
		}
	}
	return f, nil
}
