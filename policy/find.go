package policy

import (
	"os"
	"path/filepath"

	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/userdir"
)

// SystemFile returns the path of the system's policy file.
func SystemFile() string { return systemFile }

// UserFile returns the path of the user's policy file, or "".
func UserFile(getenv userdir.Getenv) string {
	if dir := userdir.Policy(getenv); dir != "" {
		return filepath.Join(dir, "policy.toml")
	}
	return ""
}

// Find returns the path of the goshim.toml that governs dir, an absolute
// path: the one in dir or in its nearest ancestor. One below the root of the module
// that dir is in gives way to the one that governs this root: else a folder of a
// module would decide what happens to the module. The last directory looked
// in is the first of: the root of a version control checkout, unless the module
// or the workspace around dir lies above it; the home directory; a directory
// listed in GOSHIM_CEILING. Find returns "" if there is none, which is not an
// error.
//
// A file that another user put into a directory such as /tmp is passed over.
func Find(dir string, getenv userdir.Getenv) string {
	path, _ := find(dir, getenv)
	return path
}

// find is [Find], and returns the files that it passed over.
func find(dir string, getenv userdir.Getenv) (path string, passed []string) {
	home := filepath.Clean(userdir.Home(getenv))
	ceilings := filepath.SplitList(getenv("GOSHIM_CEILING"))
	start, below := dir, "" // the module's root, if path lies below it
	for {
		file := filepath.Join(dir, FileName)
		if info, err := os.Lstat(file); err == nil {
			switch {
			case isPlanted(info, dir, getenv):
				passed = append(passed, file)
			case path == "":
				path = file
				module := moduleAbove(start, dir)
				if module == "" {
					return path, passed
				}
				below = module
			case gomod.Within(dir, below):
				return file, passed
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir || dir == home || isCheckout(dir) && !isInside(start, dir, getenv) {
			return path, passed
		}
		for _, c := range ceilings {
			if filepath.Clean(c) == dir {
				return path, passed
			}
		}
		dir = parent
	}
}

// moduleAbove returns the root of the module that the directory start is in, if it
// lies above dir, or "".
func moduleAbove(start, dir string) string {
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
		return "" // most often
	}
	if module := gomod.Root(start); !gomod.Within(dir, module) {
		return module
	}
	return ""
}

// isInside reports whether the checkout at root lies inside of the module, or the
// workspace, that go commands in dir are about: a checkout without a go.mod, for
// example, in a folder of a module.
func isInside(dir, root string, getenv userdir.Getenv) bool {
	if module := gomod.Root(dir); module != "" && !gomod.Within(root, module) {
		return true
	}
	work := gomod.Workspace(dir, getenv("GOWORK"))
	return work != "" && filepath.Dir(work) != root && gomod.Within(filepath.Dir(work), root)
}

// isCheckout reports whether dir is the root of a checkout. In a git worktree
// or submodule, .git is a file.
func isCheckout(dir string) bool {
	for _, name := range []string{".git", ".hg", ".jj", ".svn"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}
