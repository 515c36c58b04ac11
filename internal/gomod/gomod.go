// Package gomod finds the module and the workspace that a directory belongs
// to, by the go command's own rules.
package gomod

import (
	"os"
	"path/filepath"
)

// Root returns the root of the module that holds dir: the nearest ancestor,
// or dir itself, with a go.mod (cmd/go/internal/modload.findModuleRoot). It
// returns "" if there is none.
func Root(dir string) string {
	if file := up(dir, "go.mod"); file != "" {
		return filepath.Dir(file)
	}
	return ""
}

// Workspace returns the go.work file in force in dir, or "". The value of
// GOWORK is "off", a path, or, to look for the nearest file, "auto" or empty
// (cmd/go/internal/modload.FindGoWork).
func Workspace(dir, gowork string) string {
	switch gowork {
	case "off":
		return ""
	case "", "auto":
		return up(dir, "go.work")
	}
	return gowork
}

// Within reports whether path is dir or lies below it.
func Within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// up returns the path of the file with the given name in dir or its nearest
// ancestor, or "".
func up(dir, name string) string {
	for dir != "" {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && !info.IsDir() {
			return file
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return ""
}
