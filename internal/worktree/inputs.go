package worktree

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/filestate"
	"github.com/goshim/goshim/internal/gitrun"
)

// Inputs returns what [Tree.Changes] and the index depend on, as package filestate
// has it: the files, and those of git that say what they should be and what is
// ignored. The objects of git are named by their content.
func (t *Tree) Inputs() ([]string, error) {
	entries, err := os.ReadDir(t.Root)
	if err != nil {
		return nil, err
	}
	all := []string{t.Root} // its time changes when an entry comes or goes
	for _, e := range entries {
		name := filepath.Join(t.Root, e.Name())
		switch {
		case e.Name() == ".git":
		case e.IsDir():
			all = append(all, filestate.Tree(name))
		default:
			all = append(all, name)
		}
	}
	files, err := t.gitFiles()
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"core.excludesFile", "core.attributesFile"} {
		path, err := t.Config(key, "--path")
		if err != nil {
			return nil, err
		}
		if path != "" && filepath.IsAbs(path) {
			files = append(files, path)
		}
	}
	return append(all, append(files, t.UserFiles()...)...), nil
}

// gitFiles returns the files of the repository that matter: where HEAD leads, the
// index, and what the repository says of itself.
func (t *Tree) gitFiles() ([]string, error) {
	names := []string{"HEAD", "index", "packed-refs", "config", "config.worktree", "info/exclude", "info/attributes", "info/sparse-checkout"}
	ref, err := t.Run(nil, "symbolic-ref", "--quiet", "HEAD")
	if err != nil && !gitrun.IsNone(err) {
		return nil, err
	}
	if name := strings.TrimSpace(string(ref)); name != "" {
		names = append(names, name)
	}
	args := []string{"rev-parse"} // absolute paths, as GIT_DIR is one
	for _, name := range names {
		args = append(args, "--git-path", name)
	}
	out, err := t.Run(nil, args...)
	if err != nil {
		return nil, err
	}
	var all []string
	for line := range strings.Lines(string(out)) {
		all = append(all, filepath.FromSlash(strings.TrimRight(line, "\r\n")))
	}
	return all, nil
}
