//go:build !linux

package filestate

// isMapped reports whether a path leads to a file system that is known to move no
// times for a write through a shared mapping.
func isMapped(string) bool { return false }
