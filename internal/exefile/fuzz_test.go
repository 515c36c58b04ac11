package exefile

import (
	"bytes"
	"os"
	"testing"
)

// FuzzRead reads files that nobody built. Nothing may panic or take more memory
// than a few times the file.
func FuzzRead(f *testing.F) {
	for _, head := range []string{"\x7fELF\x02\x01\x01", "MZ", "\xcf\xfa\xed\xfe\x07\x00\x00\x01", "\xfe\xed\xfa\xce"} {
		f.Add([]byte(head + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	}
	if self, err := os.Executable(); err == nil {
		if data, err := os.ReadFile(self); err == nil {
			f.Add(data[:min(len(data), 64<<10)])
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := read(bytes.NewReader(data), uint64(len(data)))
		if err != nil {
			return
		}
		if addr, ok := e.Variable("main.main"); ok {
			e.String(addr)
		}
		for name := range e.symbols {
			e.Pointer(e.symbols[name])
		}
		e.SourceFiles()
		e.EachPointer(func(at, to uint64) { e.Word(to) })
	})
}
