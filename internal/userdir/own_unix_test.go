//go:build unix

package userdir

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestOwn: what the umask would open to others is closed, and what they may write
// is not believed.
func TestOwn(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	dir := filepath.Join(t.TempDir(), "state", "trust")
	if err := MakeDir(dir); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if info, err := os.Stat(d); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", d, info.Mode(), err)
		}
	}
	file := filepath.Join(dir, "record")
	for perm, ok := range map[os.FileMode]bool{0o600: true, 0o644: true, 0o620: false, 0o602: false} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, perm); err != nil {
			t.Fatal(err)
		}
		if err := CheckOwn(dir, file, filepath.Join(dir, "absent")); (err == nil) != ok {
			t.Errorf("%v: got %v", perm, err)
		}
	}
	os.Chmod(file, 0o600)
	os.Chmod(dir, 0o777)
	if CheckOwn(dir, file) == nil {
		t.Error("a directory that all may write is believed")
	}
	if err := MakeDir(dir); err != nil || CheckOwn(dir, file) != nil {
		t.Errorf("it is not closed: %v", err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(file, 65534, 65534); err != nil {
			t.Skip(err)
		}
		if CheckOwn(dir, file) == nil {
			t.Error("a file of another user is believed")
		}
	}
}
