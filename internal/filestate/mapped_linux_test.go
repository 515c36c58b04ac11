package filestate

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestHidesWrites edits a file of a tmpfs through a shared mapping, which its state
// does not show, and wants that to be known of the file system.
func TestHidesWrites(t *testing.T) {
	if !isMapped("/dev/shm") {
		t.Skip("/dev/shm is not a tmpfs")
	}
	dir, err := os.MkdirTemp("/dev/shm", "goshim-")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	name := filepath.Join(dir, "x.go")
	if err := os.WriteFile(name, []byte("package x\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := syscall.Mmap(int(f.Fd()), 0, 10, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(data)
	state, _ := Of([]string{name}, time.Time{})
	data[8] = 'y'
	if got, err := os.ReadFile(name); err != nil || string(got) != "package y\n" {
		t.Fatalf("got %q, %v", got, err)
	}
	if !Unchanged(state) {
		t.Log("this tmpfs tells of the write")
	}
	missing := filepath.Join("/proc", "no-such-file")
	for _, test := range []struct {
		paths []string
		want  bool
	}{
		{[]string{name}, true},
		{[]string{Tree(dir)}, true},
		{[]string{Sources(dir)}, true},
		{[]string{"/proc/version", missing, name}, true},
		{[]string{"/proc/version", missing, Tree("/proc/self/task")}, false},
		{nil, false},
	} {
		text, _ := Of(test.paths, time.Time{})
		if got := HidesWrites(text); got != test.want {
			t.Errorf("%q: %t, want %t", test.paths, got, test.want)
		}
	}
}
