package lint

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/gosum"
	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/policy"
)

// A Module is a go.mod and its go.sum.
type Module struct {
	Path     string
	Requires []leak.Name
	Sums     []string // the module paths of go.sum
}

// maxDirs bounds the search for modules. A repository has fewer directories;
// a policy in a home directory may stand above many more.
const maxDirs = 20_000

// Modules returns the modules that the policy file in root governs: those
// below root, without directories that have a policy file of their own or
// that the go command passes over, and the one around root. Positions name
// files relative to dir. What cannot be read or parsed is passed over. Below
// a root with very many directories, Modules finds none.
func Modules(root, dir string) []Module {
	files, ok := goMods(root, maxDirs)
	if !ok {
		return nil
	}
	if outer := gomod.Root(root); outer != "" && outer != root {
		files = append([]string{filepath.Join(outer, "go.mod")}, files...)
	}
	var all []Module
	for _, file := range files {
		if m, ok := readModule(file, dir); ok {
			all = append(all, m)
		}
	}
	return all
}

// goMods returns the paths of the go.mod files below root. It gives up if
// there are more than limit directories.
func goMods(root string, limit int) (files []string, ok bool) {
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // what cannot be listed has no modules
		case entry.IsDir() && path != root && passedOver(path, entry.Name()):
			return fs.SkipDir
		case entry.IsDir():
			if limit--; limit < 0 {
				return errTooMany
			}
		case entry.Name() == "go.mod" && entry.Type().IsRegular():
			files = append(files, path)
		}
		return nil
	})
	return files, err == nil
}

var errTooMany = errors.New("too many directories")

// passedOver reports whether the modules in a directory are none of the
// repository's, or not governed by its policy.
func passedOver(path, name string) bool {
	switch {
	case strings.HasPrefix(name, "."), strings.HasPrefix(name, "_"), name == "testdata", name == "vendor", name == "node_modules":
		return true
	}
	_, err := os.Lstat(filepath.Join(path, policy.FileName))
	return err == nil
}

func readModule(path, dir string) (Module, bool) {
	data, err := textfile.Read(path, textfile.Max)
	if err != nil {
		return Module{}, false
	}
	file, err := modfile.Parse(path, data, nil)
	if err != nil {
		return Module{}, false
	}
	m := Module{Sums: readSums(filepath.Join(filepath.Dir(path), "go.sum"))}
	if file.Module != nil {
		m.Path = file.Module.Mod.Path
	}
	name := path
	if rel, err := filepath.Rel(dir, path); err == nil {
		name = rel
	}
	m.Requires = leak.Fetched(file, name)
	return m, true
}

func readSums(path string) []string {
	data, err := textfile.Read(path, textfile.Max)
	if err != nil {
		return nil
	}
	var paths []string
	for m := range gosum.Lines(data) {
		if len(paths) == 0 || paths[len(paths)-1] != m.Path {
			paths = append(paths, m.Path)
		}
	}
	return paths
}
