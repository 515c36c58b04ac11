package envset

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/userdir"
)

// A File is a go/env file: the user's, which `go env -w` writes, or the
// toolchain's go.env. It is read when it is first asked.
type File struct {
	path string
	read bool
	data []byte
}

// NewFile returns the file with the given path. A file that cannot be read is
// an empty one, as it is for the go command.
func NewFile(path string) *File { return &File{path: path} }

// UserFile returns the GOENV file for a process whose environment is read by
// getenv (cmd/go/internal/cfg.EnvFile), or nil if there is none.
func UserFile(getenv func(string) string) *File {
	switch path := getenv("GOENV"); path {
	case "off":
		return nil
	case "":
		dir := userdir.Config(getenv)
		if dir == "" {
			return nil
		}
		return NewFile(filepath.Join(dir, "go", "env"))
	default:
		return NewFile(path)
	}
}

// Lookup returns the value of name and its line, or "" if the file has none.
// Of several lines the last one counts; malformed ones are passed over
// (cmd/go/internal/cfg.readEnvFile).
func (f *File) Lookup(name string) (string, diag.Pos) {
	if f == nil {
		return "", diag.Pos{}
	}
	if !f.read {
		f.read = true
		f.data, _ = os.ReadFile(f.path)
	}
	value, line := "", 0
	n := 0
	for text := range bytes.SplitSeq(f.data, []byte("\n")) {
		n++
		if key, val, ok := bytes.Cut(text, []byte("=")); ok && string(key) == name {
			value, line = string(val), n
		}
	}
	if value == "" {
		return "", diag.Pos{}
	}
	return value, diag.Pos{File: f.path, Line: line, Col: 1}
}
