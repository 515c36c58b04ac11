package repro

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/gitrun"
)

// A place is where one of the builds happens.
type place struct {
	dir      string // holds all of it
	modcache string // path of the module cache, as this build knows it
}

func (p *place) src() string   { return filepath.Join(p.dir, "src") }
func (p *place) out() string   { return filepath.Join(p.dir, "out") }
func (p *place) cache() string { return filepath.Join(p.dir, "cache") }
func (p *place) tmp() string   { return filepath.Join(p.dir, "tmp") }

// make copies the repository at root to the place.
func (p *place) make(ctx context.Context, root string, opts *Options, modcache string) error {
	for _, dir := range []string{p.out(), p.cache(), p.tmp()} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return &diag.Error{Msg: err.Error()}
		}
	}
	p.modcache = modcache
	if os.MkdirAll(modcache, 0o777) == nil {
		if link := filepath.Join(p.dir, "mod"); os.Symlink(modcache, link) == nil {
			p.modcache = link
		}
	}
	if git.Find(root) == root {
		if err := gitrun.Clone(ctx, opts.Env, root, p.src(), !opts.WorkTree); err != nil {
			return err
		}
	}
	if !opts.WorkTree {
		return nil
	}
	ofOthers := func(rel string, d fs.DirEntry) bool {
		return rel == ".git" || d.IsDir() && strings.HasPrefix(d.Name(), dirPrefix) // TMPDIR may be in the tree
	}
	if err := copyTree(root, p.src(), ofOthers); err != nil {
		return &diag.Error{Msg: "copying the work tree: " + err.Error()}
	}
	if git.Find(p.src()) != p.src() {
		return nil
	}
	repo, err := gitrun.Open(ctx, p.src(), opts.Env)
	if err != nil {
		return err
	}
	_, err = repo.Run(nil, "reset", "--quiet") // the index is that of HEAD
	return err
}

// build builds the packages in the copy of the directory that opts names.
func (p *place) build(ctx context.Context, root string, opts *Options) error {
	rel, err := filepath.Rel(root, opts.Dir)
	if err != nil {
		return &diag.Error{Msg: err.Error()}
	}
	dir := filepath.Join(p.src(), rel)
	if _, err := os.Stat(dir); err != nil {
		return &diag.Error{Msg: "the commit has no directory " + filepath.ToSlash(rel), Hint: "--worktree builds the files as they are"}
	}
	packages := opts.Packages
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	env := append([]string{}, opts.Env...)
	env = append(env, "GOCACHE="+p.cache(), "GOMODCACHE="+p.modcache, "GOTMPDIR="+p.tmp())
	args := append([]string{"build", "-o", p.out() + string(filepath.Separator)}, packages...)
	_, err = opts.output(ctx, dir, env, args...)
	return err
}

// copyTree copies the files and links below a directory, without those that skip
// reports, by their paths from there. What is neither file nor link nor directory
// is left out.
func copyTree(from, to string, skip func(rel string, d fs.DirEntry) bool) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		dst := filepath.Join(to, rel)
		switch {
		case skip(rel, d) && d.IsDir():
			return filepath.SkipDir
		case skip(rel, d):
			return nil
		case d.IsDir():
			return os.MkdirAll(dst, 0o777)
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(target, dst)
		case d.Type().IsRegular():
			return copyFile(path, dst)
		}
		return nil
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, info.Mode().Perm()|0o200)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
