package loader

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// program returns an ELF file with the headers of two segments, of which the
// second names the loader.
func program(class byte, order binary.ByteOrder, name string) []byte {
	data := make([]byte, 512)
	copy(data, "\x7fELF")
	data[4], data[5] = class, 1
	if order == binary.BigEndian {
		data[5] = 2
	}
	const table, size, at = 128, 64, 400
	header := data[table+size:]
	if class == 2 {
		order.PutUint64(data[32:], table)
		order.PutUint16(data[54:], size)
		order.PutUint16(data[56:], 2)
		order.PutUint64(header[8:], at)
		order.PutUint64(header[32:], uint64(len(name)+1))
	} else {
		order.PutUint32(data[28:], table)
		order.PutUint16(data[42:], size)
		order.PutUint16(data[44:], 2)
		order.PutUint32(header[4:], at)
		order.PutUint32(header[16:], uint32(len(name)+1))
	}
	order.PutUint32(header, 3)
	copy(data[at:], name)
	return data
}

func TestInterpreter(t *testing.T) {
	broken := program(2, binary.LittleEndian, "/lib/ld.so")
	binary.LittleEndian.PutUint64(broken[128+64+32:], 1<<63)
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"64 bits", program(2, binary.LittleEndian, "/lib64/ld-linux-x86-64.so.2"), "/lib64/ld-linux-x86-64.so.2"},
		{"64 bits, big endian", program(2, binary.BigEndian, "/lib/ld64.so.1"), "/lib/ld64.so.1"},
		{"32 bits", program(1, binary.LittleEndian, "/lib/ld-linux.so.2"), "/lib/ld-linux.so.2"},
		{"script", []byte("#! /bin/sh -e\necho"), "/bin/sh"},
		{"empty", nil, ""},
		{"no words", []byte("#!\n"), ""},
		{"cut off", program(2, binary.LittleEndian, "/lib/ld.so")[:150], ""},
		{"odd length", broken, ""},
		{"another kind", bytes.Repeat([]byte{0xcf}, 100), ""},
	}
	for _, tt := range tests {
		if got := interpreter(tt.data); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestMissing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no paths with a slash first")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if got := Missing(self); got != "" {
		t.Errorf("this program misses %q", got)
	}
	path := filepath.Join(t.TempDir(), "go")
	if err := os.WriteFile(path, program(2, binary.LittleEndian, "/nowhere/ld.so"), 0o777); err != nil {
		t.Fatal(err)
	}
	if got := Missing(path); got != "/nowhere/ld.so" {
		t.Errorf("got %q", got)
	}
}
