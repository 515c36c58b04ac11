//go:build unix

package exefile

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestPipe checks that a named pipe, which nobody writes to, is not waited for.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o666); err != nil {
		t.Skip(err)
	}
	if _, err := Open(path); err == nil || !strings.HasSuffix(err.Error(), "is not a regular file") {
		t.Errorf("got %v", err)
	}
}
