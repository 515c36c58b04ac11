// Package worktree compares the work tree of a checkout with its last commit, and
// asks git about it, as package gitrun does: the repository that is asked about
// runs nothing and hides nothing.
package worktree

import (
	"context"

	"github.com/goshim/goshim/internal/gitrun"
)

// A Tree is a work tree.
type Tree struct {
	*gitrun.Repo

	// Within is the directory that links may lead to: the root, or that of the
	// checkout which the tree is a submodule of.
	Within string
}

// Open returns the work tree that the directory is in. The environment is that
// of the caller; git runs until ctx ends.
func Open(ctx context.Context, dir string, env []string) (*Tree, error) {
	repo, err := gitrun.Open(ctx, dir, env)
	if err != nil {
		return nil, err
	}
	return &Tree{repo, repo.Root}, nil
}
