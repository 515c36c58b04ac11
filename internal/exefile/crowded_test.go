package exefile

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// crowdedELF returns an ELF file whose n sections each are all of its body.
func crowdedELF(n, body int) []byte {
	const head, entry = 64, 64
	b := make([]byte, head+body+n*entry)
	copy(b, "\x7fELF\x02\x01\x01")
	le := binary.LittleEndian
	le.PutUint16(b[16:], 2)  // an executable
	le.PutUint16(b[18:], 62) // for amd64
	le.PutUint32(b[20:], 1)
	le.PutUint64(b[40:], uint64(head+body)) // where the sections are told
	le.PutUint16(b[52:], head)
	le.PutUint16(b[58:], entry)
	le.PutUint16(b[60:], uint16(n))
	for i := 1; i < n; i++ {
		s := b[head+body+i*entry:]
		le.PutUint32(s[4:], 1) // with content
		le.PutUint64(s[8:], 2) // in memory
		le.PutUint64(s[16:], 0x400000)
		le.PutUint64(s[24:], head)
		le.PutUint64(s[32:], uint64(body))
	}
	le.PutUint32(b[head+body+entry+4:], 3) // the first has their names
	return b
}

// crowdedPE returns the same as a PE file.
func crowdedPE(n, body int) []byte {
	const optional, head, entry = 240, 64 + 4 + 20 + 240, 40
	b := make([]byte, head+n*entry+body)
	le := binary.LittleEndian
	copy(b, "MZ")
	le.PutUint32(b[0x3c:], 64)
	copy(b[64:], "PE\x00\x00")
	le.PutUint16(b[68:], 0x8664)
	le.PutUint16(b[70:], uint16(n))
	le.PutUint16(b[84:], optional)
	le.PutUint16(b[88:], 0x20b)
	le.PutUint32(b[88+108:], 16)
	for i := range n {
		s := b[head+i*entry:]
		copy(s, ".data")
		le.PutUint32(s[8:], uint32(body))
		le.PutUint32(s[12:], 0x1000)
		le.PutUint32(s[16:], uint32(body))
		le.PutUint32(s[20:], uint32(head+n*entry))
	}
	return b
}

// TestCrowded has files whose sections overlap: reading all would take as often
// their size.
func TestCrowded(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(n, body int) []byte
	}{{"elf", crowdedELF}, {"pe", crowdedPE}} {
		for n, want := range map[int]error{2: nil, 50: errCrowded, 5000: errCrowded} {
			data := tt.make(n, 1<<16)
			if _, err := read(bytes.NewReader(data), uint64(len(data))); err != want {
				t.Errorf("%s, %d sections: got %v, want %v", tt.name, n, err, want)
			}
		}
		data := tt.make(2000, 0)
		if _, err := read(bytes.NewReader(data), uint64(len(data))); err != errCrowded {
			t.Errorf("%s, empty sections: got %v", tt.name, err)
		}
	}
}
