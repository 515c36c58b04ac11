//go:build !windows

package install

import "os"

// replaceBinary renames the file from to the file to. A process that runs the
// old one keeps it.
func replaceBinary(from, to string) error { return os.Rename(from, to) }

// removeBinary removes the file at path and reports whether there was one.
func removeBinary(path string) (bool, error) { return removeFile(path) }
