// Package testgo prepares homes in which tests run the real go command.
package testgo

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// NoTelemetry switches telemetry off for the user whose configuration lies in the
// directory. Otherwise a child of go's may still write there when the test, and
// the go command, have ended. The variable GOTELEMETRY says only what is in force.
func NoTelemetry(t testing.TB, config string) {
	t.Helper()
	dir := filepath.Join(config, "go", "telemetry")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mode"), []byte("off"), 0o666); err != nil {
		t.Fatal(err)
	}
}

// Removable lets the test remove the directory at its end, which may have a module
// cache.
func Removable(t testing.TB, dir string) {
	t.Helper()
	t.Cleanup(func() { MakeWritable(dir) })
}

// MakeWritable makes the directory and those below it writable. Those of a module
// cache are read-only, which stops everybody but root from removing them.
func MakeWritable(dir string) {
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			os.Chmod(path, 0o777)
		}
		return nil
	})
}
