package gorun

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpair"
)

// A scratch is a copy of merged modfiles that go commands may write, in a
// directory of its own: the path of the modfile, beside which its sums lie.
type scratch string

// write makes the copy.
func (s scratch) write(m *modlayer.Merged) error {
	if err := os.MkdirAll(filepath.Dir(string(s)), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(string(s), m.Mod, 0o666); err != nil {
		return err
	}
	return os.WriteFile(modpair.SumPath(string(s)), m.Sum, 0o666)
}

// read returns what the copy holds now.
func (s scratch) read() (mod, sum []byte, err error) {
	if mod, err = os.ReadFile(string(s)); err != nil {
		return nil, nil, err
	}
	sum, err = os.ReadFile(modpair.SumPath(string(s)))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return mod, sum, err
}

// result returns the stack, which merged came from, with its uppermost file
// as the go commands that wrote the copy want it.
func (s scratch) result(stack *modlayer.Stack, merged *modlayer.Merged, keep modlayer.Keep) (*modlayer.Stack, error) {
	mod, sum, err := s.read()
	if err != nil || bytes.Equal(mod, merged.Mod) && bytes.Equal(sum, merged.Sum) {
		return stack, err
	}
	data, sums, err := stack.WriteBack(mod, sum, keep)
	if err != nil {
		return nil, err
	}
	return stack.With(len(stack.Files)-1, data, sums)
}

func (s scratch) remove() { os.RemoveAll(filepath.Dir(string(s))) }
