// Package gitrun runs git. No other package starts it, so that the rules below
// hold for every command.
//
// A repository may come from a stranger, its .git folder too. Git runs on the
// checkout that [git.Find] finds and on no other: neither on a directory of the
// checkout that looks like a bare repository, nor on one that variables such as
// GIT_DIR name. What git would run because a repository's configuration or
// attributes name it is not run: hooks, core.fsmonitor, filter drivers, external
// diffs, textconv, programs for signatures, credential helpers, and whatever
// fetches the objects that a partial clone lacks. What would make git look less
// closely is overruled: core.checkStat, core.trustctime, core.ignoreCase,
// core.untrackedCache, replaced objects. The other settings of the user and of the
// system hold.
//
// Three functions leave some of that to the user's own git, because the user has
// asked for what they do: [Repo.AsUser], [Clone] and [Credential].
package gitrun

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/git"
)

// A Repo is a checkout that git runs on.
type Repo struct {
	Root string // absolute, without symbolic links

	ctx context.Context
	own []string // the environment of the caller, without variables that name a repository
	env []string // of git commands
}

// Open returns the checkout that the directory is in. The environment is that of
// the caller; git runs until ctx ends. It is an error if git takes another
// directory for the work tree, or distrusts the owner of this one.
func Open(ctx context.Context, dir string, env []string) (*Repo, error) {
	root := git.Find(dir)
	if root == "" {
		return nil, noCheckout(dir, "not a git repository", "git init makes one")
	}
	gitDir, err := git.Dir(root)
	if err != nil {
		return nil, noCheckout(dir, err.Error(), "")
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return nil, &diag.Error{Msg: err.Error()}
	}
	if gitDir, err = filepath.Abs(gitDir); err != nil {
		return nil, &diag.Error{Msg: err.Error()}
	}
	r := &Repo{Root: root, ctx: ctx, own: withoutRepo(env)}
	r.own = append(r.own, "GIT_CEILING_DIRECTORIES="+filepath.Dir(root))
	r.env = neutral(r.own, nil)
	if err := r.check(dir); err != nil {
		return nil, err
	}
	r.env = append(r.env, "GIT_DIR="+gitDir, "GIT_WORK_TREE="+root)
	filters, err := r.filters()
	if err != nil {
		return nil, err
	}
	r.env = withConfig(r.env, filters)
	return r, nil
}

// check has git look for the repository by itself, which it only does as long as
// GIT_DIR is not set. So it says whether it distrusts the owner (safe.directory)
// and where it takes the work tree to be (core.worktree).
func (r *Repo) check(dir string) error {
	out, err := r.Run(nil, "rev-parse", "--show-toplevel")
	var failed *ExitError
	if errors.As(err, &failed) {
		switch {
		case strings.Contains(failed.Said, "dubious ownership"), strings.Contains(failed.Said, "unsafe repository"):
			return noCheckout(dir, "the checkout belongs to another user", "if you trust it: git config --global --add safe.directory "+quoteArg(r.Root))
		case strings.Contains(failed.Said, "not a git repository"):
			return noCheckout(dir, "not a git repository", "git init makes one")
		}
		return noCheckout(dir, failed.Said, "")
	}
	if err != nil {
		return err
	}
	top := filepath.FromSlash(strings.TrimSuffix(string(out), "\n"))
	if _, ok := r.Rel(filepath.Join(dir, "x")); !ok || !same(top, r.Root) {
		return &diag.Error{Msg: "the work tree of the checkout in " + dir + " is elsewhere: " + top}
	}
	return nil
}

// same reports whether two paths name one directory.
func same(a, b string) bool {
	real, err := filepath.EvalSymlinks(a)
	return a == b || err == nil && strings.EqualFold(real, b) // Windows has several spellings
}

func noCheckout(dir, why, hint string) error {
	return &diag.Error{Msg: "git finds no checkout in " + dir + ": " + why, Hint: hint}
}

// quoteArg returns a path as a word for a shell.
func quoteArg(path string) string {
	if strings.ContainsAny(path, " \t'\"$&()*;<>?[]`{|}~#!\\") && filepath.Separator == '/' {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

// Rel returns the path of a file as git names it: with slashes, from the root.
// It reports whether the file is below the root.
func (r *Repo) Rel(file string) (string, bool) {
	real, err := filepath.EvalSymlinks(filepath.Dir(file))
	if err != nil {
		return "", false
	}
	rel, err := filepath.Rel(r.Root, filepath.Join(real, filepath.Base(file)))
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

// Path is the inverse of Rel.
func (r *Repo) Path(rel string) string { return filepath.Join(r.Root, filepath.FromSlash(rel)) }

// Run runs git in the root and returns its standard output. A command that fails
// is an [*ExitError].
func (r *Repo) Run(stdin []byte, args ...string) ([]byte, error) {
	return run(r.ctx, r.Root, r.env, stdin, args)
}

// RunOn runs a git command on paths, which are taken as they are: a * is a *.
func (r *Repo) RunOn(paths []string, args ...string) ([]byte, error) {
	args = append(append([]string{literal}, args...), "--")
	return r.Run(nil, append(args, paths...)...)
}

const literal = "--literal-pathspecs"

// AsUser runs a git command that changes the repository as the user would: with
// the hooks, signatures and filters that the configuration of the user and of the
// repository names. Paths are taken as they are.
func (r *Repo) AsUser(stdin []byte, args ...string) ([]byte, error) {
	return run(r.ctx, r.Root, withConfig(r.own, guards), stdin, append([]string{literal}, args...))
}

func run(ctx context.Context, dir string, env []string, stdin []byte, args []string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, append(env[:len(env):len(env)], "PWD="+dir), bytes.NewReader(stdin)
	interruptible(cmd)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if args[0] == literal {
		args = args[1:]
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &exit):
		said := fault(stderr.String())
		if strings.HasPrefix(said, "could not fetch ") {
			return nil, &diag.Error{Msg: "git " + args[0] + ": the clone is partial, and lacks what the last commit has", Hint: "git fetch --refetch --no-filter fetches it"}
		}
		return nil, &ExitError{args[0], exit.ExitCode(), said, strings.TrimSpace(stderr.String() + stdout.String())}
	case err != nil:
		return nil, &diag.Error{Msg: "running git: " + err.Error(), Hint: "install git"}
	}
	return stdout.Bytes(), nil
}

// fault returns the line by which git says why it stopped, or the first of what it
// said: there may be warnings before.
func fault(stderr string) string {
	for line := range strings.Lines(stderr) {
		if said, ok := strings.CutPrefix(line, "fatal: "); ok {
			return strings.TrimSpace(said)
		}
	}
	said, _, _ := strings.Cut(strings.TrimSpace(stderr), "\n")
	return said
}

// An ExitError is a git command that failed.
type ExitError struct {
	Command string // "commit"
	Status  int
	Said    string // the line that says why
	Output  string // all that it said, in as many lines as it likes
}

func (e *ExitError) Error() string {
	if e.Said == "" {
		return "git " + e.Command + " failed"
	}
	return "git " + e.Command + ": " + e.Said
}

// IsNone reports whether err is that of a command that found nothing.
func IsNone(err error) bool {
	var failed *ExitError
	return errors.As(err, &failed) && failed.Status == 1
}

// Split returns the fields of output in which each ends with a zero byte.
func Split(out []byte) []string {
	if len(out) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}
