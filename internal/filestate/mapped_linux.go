package filestate

import "syscall"

// tmpfs is its f_type (linux/magic.h).
const tmpfs = 0x01021994

// isMapped reports whether a path leads to a tmpfs. That has no page_mkwrite
// (mm/shmem.c), by which other file systems learn of a write through a mapping.
func isMapped(path string) bool {
	var s syscall.Statfs_t
	return syscall.Statfs(path, &s) == nil && int64(s.Type) == tmpfs
}
