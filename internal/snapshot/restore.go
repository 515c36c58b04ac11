package snapshot

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpair"
)

// FilesOf returns the files of a stack as a snapshot has them.
func FilesOf(stack *modlayer.Stack) ([]File, error) {
	var files []File
	for _, f := range stack.Files {
		name, err := nameIn(stack, f)
		if err != nil {
			return nil, err
		}
		mod, err := NewFile(name, f.Data)
		if err != nil {
			return nil, err
		}
		files = append(files, mod)
		if f.Sum == nil {
			continue
		}
		sum, err := NewFile(modpair.SumPath(name), f.Sum)
		if err != nil {
			return nil, err
		}
		files = append(files, sum)
	}
	return files, nil
}

// nameIn returns the slash path of a file of the stack below the module's root.
func nameIn(stack *modlayer.Stack, f *modlayer.File) (string, error) {
	rel, err := filepath.Rel(stack.Root, f.Path)
	if err != nil || !filepath.IsLocal(rel) {
		return "", &diag.Error{Msg: "modfile " + f.Name + " does not lie below the module's root, " + stack.Root}
	}
	return filepath.ToSlash(rel), nil
}

// Restore returns the stack with the texts that the snapshot has. It must be one
// of the same modfiles: goshim.toml, which says which they are, is no part of a
// snapshot.
func (s *Snapshot) Restore(stack *modlayer.Stack) (*modlayer.Stack, error) {
	names := make([]string, len(stack.Files))
	for i, f := range stack.Files {
		name, err := nameIn(stack, f)
		if err != nil {
			return nil, err
		}
		names[i] = name
	}
	if had := s.modfiles(); strings.Join(had, ", ") != strings.Join(names, ", ") {
		return nil, &diag.Error{
			Msg:  fmt.Sprintf("the snapshot was made of %s, but the modfiles in force are %s", strings.Join(had, ", "), strings.Join(names, ", ")),
			Hint: "bring back the goshim.toml of that time, or write another snapshot",
		}
	}
	result := stack
	for i, name := range names {
		var err error
		if result, err = result.With(i, s.File(name), s.File(modpair.SumPath(name))); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// modfiles returns the names of the files that are no sums.
func (s *Snapshot) modfiles() []string {
	var names []string
	for _, f := range s.Files {
		if strings.HasSuffix(f.Name, ".mod") {
			names = append(names, f.Name)
		}
	}
	return names
}
