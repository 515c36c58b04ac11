// Package worktree asks git how the work tree of a checkout is, and lets the
// repository that is asked about run nothing and hide nothing.
//
// A repository may come from a stranger, its .git folder too. What git would
// run because that says so is not run: hooks, core.fsmonitor, filter drivers,
// and whatever fetches the objects that a partial clone lacks. What would make
// git look less closely is overruled: core.checkStat, core.trustctime,
// core.untrackedCache, replaced objects, and variables such as GIT_DIR and
// GIT_INDEX_FILE. The settings of the user and of the system hold, their filter
// drivers too. The index is not written.
package worktree

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
)

// A Tree is a work tree.
type Tree struct {
	Root string // absolute, without symbolic links

	ctx context.Context
	env []string
}

// Open returns the work tree that the directory is in. The environment is that
// of the caller; git runs until ctx ends.
func Open(ctx context.Context, dir string, env []string) (*Tree, error) {
	t := &Tree{Root: dir, ctx: ctx, env: environ(env)}
	root, err := t.git(nil, "rev-parse", "--show-toplevel")
	var failed *exitError
	if errors.As(err, &failed) {
		return nil, &diag.Error{Msg: "git finds no checkout in " + dir + ": " + failed.said, Hint: "git init makes one"}
	}
	if err != nil {
		return nil, err
	}
	t.Root = filepath.FromSlash(strings.TrimSuffix(string(root), "\n"))
	if _, ok := t.Rel(filepath.Join(dir, "x")); !ok { // core.worktree
		return nil, &diag.Error{Msg: "the work tree of the checkout in " + dir + " is elsewhere: " + t.Root}
	}
	configs, err := t.neutral()
	if err != nil {
		return nil, err
	}
	t.env = withConfig(t.env, configs)
	return t, nil
}

// Rel returns the path of a file as git names it: with slashes, from the root.
// It reports whether the file is below the root.
func (t *Tree) Rel(file string) (string, bool) {
	real, err := filepath.EvalSymlinks(filepath.Dir(file))
	if err != nil {
		return "", false
	}
	rel, err := filepath.Rel(t.Root, filepath.Join(real, filepath.Base(file)))
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

// Path is the inverse of Rel.
func (t *Tree) Path(rel string) string { return filepath.Join(t.Root, filepath.FromSlash(rel)) }

// kept are the variables of git that say which configuration is the user's and
// how far to look for a checkout. All others would change what is looked at.
var kept = map[string]bool{
	"GIT_CEILING_DIRECTORIES": true, "GIT_DISCOVERY_ACROSS_FILESYSTEM": true, "GIT_EXEC_PATH": true,
	"GIT_CONFIG_GLOBAL": true, "GIT_CONFIG_SYSTEM": true, "GIT_CONFIG_NOSYSTEM": true,
}

// always are the variables of every git command here. LC_ALL makes messages the
// same everywhere.
var always = []string{
	"GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1",
	"GIT_ALLOW_PROTOCOL=none", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C",
}

// A config is a setting of git.
type config struct{ key, value string }

// settings are those of every git command here.
var settings = []config{
	{"core.fsmonitor", "false"},
	{"core.hooksPath", os.DevNull},
	{"core.quotePath", "false"},
	{"core.untrackedCache", "false"},
	{"core.trustctime", "true"},
	{"core.checkStat", "default"},
}

// environ returns the environment of git commands.
func environ(env []string) []string {
	var all []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "GIT_") || kept[name] {
			all = append(all, kv)
		}
	}
	return withConfig(append(all, always...), nil)
}

// withConfig returns the environment with the settings of every command and
// some more. As variables they may have any name, and reach git's children.
func withConfig(env []string, more []config) []string {
	all := append(settings[:len(settings):len(settings)], more...)
	env = append(env[:len(env):len(env)], "GIT_CONFIG_COUNT="+strconv.Itoa(len(all)))
	for i, c := range all {
		n := strconv.Itoa(i)
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+c.key, "GIT_CONFIG_VALUE_"+n+"="+c.value)
	}
	return env
}

// neutral returns settings by which the filter drivers that the repository's own
// configuration names do nothing. Git would run them to see whether a file
// whose times have changed has changed.
func (t *Tree) neutral() ([]config, error) {
	out, err := t.git(nil, "config", "-z", "--show-scope", "--name-only", "--get-regexp", `^filter\..*\.(clean|smudge|process|required)$`)
	if isNone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []config
	fields := split(out)
	for i := 0; i+1 < len(fields); i += 2 {
		scope, driver := fields[i], strings.TrimSuffix(fields[i+1], path.Ext(fields[i+1]))
		if scope != "local" && scope != "worktree" {
			continue
		}
		all = append(all, config{driver + ".clean", ""}, config{driver + ".smudge", ""}, config{driver + ".process", ""}, config{driver + ".required", "false"})
	}
	return all, nil
}

// gitOn runs a git command on paths, which are taken as they are: a * is a *.
func (t *Tree) gitOn(paths []string, args ...string) ([]byte, error) {
	args = append(append([]string{"--literal-pathspecs"}, args...), "--")
	return t.git(nil, append(args, paths...)...)
}

// git runs git in the root and returns its standard output.
func (t *Tree) git(stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(t.ctx, "git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = t.Root, t.env, bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case t.ctx.Err() != nil:
		return nil, t.ctx.Err()
	case errors.As(err, &exit):
		said := fault(stderr.String())
		if strings.HasPrefix(said, "could not fetch ") {
			return nil, &diag.Error{Msg: "git " + args[0] + ": the clone is partial, and lacks what the last commit has", Hint: "git fetch --refetch --no-filter fetches it"}
		}
		if args[0] == "--literal-pathspecs" {
			args = args[1:]
		}
		return nil, &exitError{args[0], exit.ExitCode(), said}
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

// An exitError is a git command that failed.
type exitError struct {
	command string
	status  int
	said    string // the first line
}

func (e *exitError) Error() string { return "git " + e.command + ": " + e.said }

// isNone reports whether err is that of a command that found nothing.
func isNone(err error) bool {
	var failed *exitError
	return errors.As(err, &failed) && failed.status == 1
}

// split returns the fields of output in which each ends with a zero byte.
func split(out []byte) []string {
	if len(out) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}
