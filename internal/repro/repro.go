// Package repro builds programs twice, in different places and with empty build
// caches, and compares the results. What differs between two builds of the same
// commit by the same policy cannot be proved to come from that commit.
//
// The places are copies of the repository in a temporary directory, which is
// removed in the end, also after an interruption. The go commands run as the shim
// runs them, by the companion. Between the two builds differ: the path of the
// work tree, of the build cache, of the module cache (a link leads to it) and of
// temporary files, and the time.
package repro

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/gorun"
)

// Options say what is built, and how.
type Options struct {
	Self     string   // path of the companion
	Dir      string   // where the command was given
	Env      []string // of the builds: GOSHIM_ENV names the environment
	Packages []string // patterns; all packages below Dir if there are none
	WorkTree bool     // the files as they are, instead of those of HEAD
	Keep     string   // directory for the programs of both builds, or ""

	Progress func(what string) // called before each step, or nil
}

// A Result is what two builds have given.
type Result struct {
	*finding.Report
	Programs []Program `json:"programs"`
}

// A Program is one that was built twice.
type Program struct {
	Name   string    `json:"name"`
	SHA256 [2]string `json:"sha256"` // in hexadecimal; "" if the build has not given it
}

// Same reports whether both builds have given the same.
func (p *Program) Same() bool { return p.SHA256[0] == p.SHA256[1] }

// Run builds twice and compares. A build that fails is an error, with what the go
// command said; so is an interruption by ctx.
func Run(ctx context.Context, opts Options) (*Result, error) {
	result, err := run(ctx, &opts)
	if ctx.Err() != nil {
		return nil, &diag.Error{Msg: "interrupted; the copies are removed"}
	}
	return result, err
}

// dirPrefix begins the names of the directories that hold the copies.
const dirPrefix = "goshim-repro-"

func run(ctx context.Context, opts *Options) (*Result, error) {
	root, err := opts.root()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", dirPrefix)
	if err != nil {
		return nil, &diag.Error{Msg: err.Error(), Hint: "set TMPDIR to a directory that can be written"}
	}
	defer removeAll(dir)
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, &diag.Error{Msg: err.Error()}
	}
	opts.Env = withoutGit(opts.Env)
	modcache, err := opts.output(ctx, opts.Dir, opts.Env, "env", "GOMODCACHE")
	if err != nil {
		return nil, err
	}
	// The names differ in length, so that what depends on a path's does too.
	places := [2]*place{{dir: filepath.Join(dir, "a")}, {dir: filepath.Join(dir, "second", "place")}}
	for i, p := range places {
		opts.progress("copying the work tree, " + []string{"1", "2"}[i] + " of 2")
		if err := p.make(ctx, root, opts, modcache); err != nil {
			return nil, err
		}
	}
	for i, p := range places {
		opts.progress("building, " + []string{"1", "2"}[i] + " of 2")
		if err := p.build(ctx, root, opts); err != nil {
			return nil, err
		}
	}
	opts.progress("comparing")
	result, err := compare(root, places)
	if err == nil && opts.Keep != "" {
		err = keep(opts.Keep, places)
	}
	return result, err
}

func (o *Options) progress(what string) {
	if o.Progress != nil {
		o.Progress(what)
	}
}

// root returns the directory that is copied: the checkout or, if there is none,
// the workspace or the module.
func (o *Options) root() (string, error) {
	if root := git.Find(o.Dir); root != "" {
		return root, nil
	}
	if !o.WorkTree {
		return "", &diag.Error{Msg: o.Dir + " is not in a git checkout, so there is no commit to build", Hint: "--worktree builds the files as they are"}
	}
	if work := gomod.Workspace(o.Dir, envset.New(o.Env).Get("GOWORK")); work != "" {
		return filepath.Dir(work), nil
	}
	if root := gomod.Root(o.Dir); root != "" {
		return root, nil
	}
	return "", &diag.Error{Msg: "there is no go.mod in " + o.Dir + " or above", Hint: "go mod init makes one"}
}

// withoutGit returns the variables without those by which git, in a hook, tells
// its children about the repository: the copies are others.
func withoutGit(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains([]string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"}, name)
	})
}

// output runs a go command by the policy and returns what it prints.
func (o *Options) output(ctx context.Context, dir string, environ []string, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, o.Self, append([]string{"go"}, args...)...)
	cmd.Dir, cmd.Env = dir, append(slices.Clone(environ), "PWD="+dir)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := runUntil(cmd)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return "", &gorun.GoError{Args: args[:1], Stderr: strings.TrimSpace(stderr.String())}
	case err != nil:
		return "", &diag.Error{Msg: err.Error()}
	}
	return strings.TrimSpace(stdout.String()), nil
}

// stopTime is how long a command has to end once it is asked to.
const stopTime = 10 * time.Second

// runUntil runs a command, which is asked to end when its context does.
func runUntil(cmd *exec.Cmd) error {
	cmd.Cancel = func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			return cmd.Process.Kill() // as on Windows
		}
		return nil
	}
	cmd.WaitDelay = stopTime
	return cmd.Run()
}

// removeAll removes a directory, although compilers that are being stopped may
// still write there.
func removeAll(dir string) {
	for range 50 {
		if os.RemoveAll(dir) == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// keep copies the programs of both builds to a directory.
func keep(dir string, places [2]*place) error {
	for i, p := range places {
		if err := copyTree(p.out(), filepath.Join(dir, []string{"1", "2"}[i]), func(string, fs.DirEntry) bool { return false }); err != nil {
			return &diag.Error{Msg: "keeping the programs: " + err.Error()}
		}
	}
	return nil
}

// hashOf returns the SHA-256 of a file.
func hashOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
