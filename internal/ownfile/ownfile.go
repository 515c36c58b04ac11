// Package ownfile recognises the files that goshim writes beside the user's own. A
// file of the user's that only has the same name is never replaced: what it held
// would be lost.
package ownfile

import (
	"errors"
	"io/fs"
	"os"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/textfile"
)

// A Kind is a kind of file that goshim writes.
type Kind struct {
	What  string                 // as in "a snapshot"
	IsOwn func(text []byte) bool // reports whether goshim has written a text; never called with an empty one
	Hint  string                 // the way out where a file is not one, "" for the usual one
}

// maxSize is how many bytes are read of a file. Larger ones are not goshim's.
const maxSize = 64 << 20

// Check returns nil if the file at path may be replaced by one of the kind, or
// removed: it does not exist, is empty, or is a regular file that goshim has
// written. Errors call it name, and are [*diag.Error].
func (k Kind) Check(path, name string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && info.Mode().IsRegular() && info.Size() == 0:
		return nil
	case err != nil:
		return &diag.Error{Msg: err.Error()}
	case info.Mode()&fs.ModeSymlink != 0:
		return k.refuse(name, "is a symbolic link, which would be replaced by a file")
	case !info.Mode().IsRegular():
		return k.refuse(name, "is not a regular file")
	}
	text, err := textfile.Read(path, maxSize)
	if err != nil {
		return &diag.Error{Msg: err.Error()}
	}
	if !k.IsOwn(text) {
		return k.refuse(name, "is not "+k.What+" that goshim has written, and is left as it is")
	}
	return nil
}

func (k Kind) refuse(name, why string) error {
	hint := k.Hint
	if hint == "" {
		hint = "move it away, or name another file"
	}
	return &diag.Error{Pos: diag.Pos{File: name}, Msg: why, Hint: hint}
}
