//go:build !unix

package userdir

import "io/fs"

// The directories of a user's profile are nobody else's by inheritance.
func isOwn(fs.FileInfo) bool    { return true }
func isShared(fs.FileInfo) bool { return false }
