package gorun

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/interrupt"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/shim"
)

// A Session runs go commands on a copy of an environment's merged modfile.
// What they change stays in the copy until it is committed.
type Session struct {
	Target *shim.Target
	Stack  *modlayer.Stack // the files that the copy is made of

	scratch scratch
	merged  *modlayer.Merged
}

// Open returns a session on the target's modfiles, after a change of them that
// is under way or was interrupted.
func Open(target *shim.Target) (*Session, error) {
	stack, err := Read(target.Use)
	if err != nil {
		return nil, err
	}
	return NewSession(target, stack)
}

// NewSession makes a copy of the merged files of a stack. Who wants to commit
// what the session changes holds the lock of the module's journal.
func NewSession(target *shim.Target, stack *modlayer.Stack) (*Session, error) {
	merged, err := stack.Merge()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "goshim-")
	if err != nil {
		return nil, &diag.Error{Msg: err.Error(), Hint: "set TMPDIR to a directory that can be written"}
	}
	s := &Session{target, stack, scratch(filepath.Join(dir, filepath.Base(stack.Top().Path))), merged}
	if err := s.scratch.write(merged); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close removes the copy.
func (s *Session) Close() { s.scratch.remove() }

// Modules returns the build list, as go list -m all does: the version of every
// module but the main one, by its path. Replacements are not in it.
//
// It selects them from go mod graph, because go list -m also wants the time of
// every version, which a module cache that is warm need not have.
func (s *Session) Modules() (map[string]string, error) {
	out, err := s.Go("mod", "graph")
	if err != nil {
		return nil, err
	}
	versions := make(map[string]string)
	for node := range strings.FieldsSeq(string(out)) {
		path, version, ok := strings.Cut(node, "@")
		if ok && path != "go" && path != "toolchain" && semver.Compare(version, versions[path]) >= 0 {
			versions[path] = version
		}
	}
	return versions, nil
}

// Go runs a go command that takes -modfile, such as "get" or "list", "-m",
// "all", in the module's root, and returns its standard output. Workspaces
// are off, as they would refuse -modfile, and so is vendor/. The error of a
// command that fails has what it wrote to standard error.
func (s *Session) Go(words ...string) ([]byte, error) {
	n := 1
	if words[0] == "mod" {
		n = 2
	}
	args := append([]string{}, words[:n]...)
	return s.run(words, append(append(args, "-modfile="+string(s.scratch)), words[n:]...), s.Target.Use.Root, "off")
}

// Workspace runs a go command in the directory of the go.work in force, and returns
// what Go does. It sees the go.mod files as they are, and not the copy.
func (s *Session) Workspace(dir string, words ...string) ([]byte, error) {
	return s.run(words, words, dir, filepath.Join(dir, "go.work"))
}

// Version returns the version of the session's go command, as GOVERSION.
func (s *Session) Version() (string, error) {
	words := []string{"env", "GOVERSION"}
	out, err := s.run(words, words, s.Target.Use.Root, "off")
	return strings.TrimSpace(string(out)), err
}

// run runs a go command that the user knows as words.
func (s *Session) run(words, args []string, dir, gowork string) ([]byte, error) {
	env := envset.New(s.Target.Env)
	env.Set("GOWORK", gowork, diag.Pos{})
	env.Set("GOFLAGS", goflags(env), diag.Pos{})
	cmd := exec.CommandContext(interrupted(), s.Target.Real.Path, args...)
	cmd.Dir, cmd.Env = dir, env.Environ()
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if interrupted().Err() != nil {
			return nil, &diag.Error{Msg: "interrupted; nothing is changed"}
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			return nil, &diag.Error{Msg: err.Error()}
		}
		text := strings.ReplaceAll(stderr.String(), string(s.scratch), s.Stack.Top().Name)
		failed := &GoError{Args: words, Stderr: strings.TrimSpace(text)}
		if gowork == "off" {
			failed.Hint = LeftAside(s.Target)
		}
		return stdout.Bytes(), failed
	}
	return stdout.Bytes(), nil
}

// interrupted ends when the user wants this process to: then the go command of
// a session is stopped, and what the session made is removed.
var interrupted = sync.OnceValue(func() context.Context {
	ctx, _ := interrupt.Context()
	return ctx
})

// goflags returns the flags of GOFLAGS that mean the same to every command:
// others, such as -json and -diff, would change what a session reads. Modules
// come from the module cache. No session makes a program, so none asks git for what
// is stamped into one: git would run what the configuration of the checkout names.
func goflags(env *envset.Set) string {
	value, _ := env.Effective("GOFLAGS")
	words, _ := gocmd.SplitGOFLAGS(value)
	words = slices.DeleteFunc(words, func(word string) bool {
		name, _, _ := gocmd.CutFlag(word)
		return !gocmd.OneMeaning(name) || name == "mod" || name == "modfile"
	})
	flags, err := gocmd.JoinGOFLAGS(append(words, "-mod=mod", "-buildvcs=false"))
	if err != nil {
		return "-mod=mod -buildvcs=false"
	}
	return flags
}

// A GoError is a go command that failed.
type GoError struct {
	Args   []string
	Stderr string
	Hint   string // why it may have failed, or ""
}

func (e *GoError) Error() string {
	text := e.Stderr
	if text == "" {
		text = "it failed and said nothing"
	}
	return "go " + strings.Join(e.Args, " ") + ": " + text
}

// Edit changes the copy without a go command.
func (s *Session) Edit(change func(*modfile.File) error) error {
	data, _, err := s.scratch.read()
	if err != nil {
		return err
	}
	f, err := modfile.Parse(s.Stack.Top().Name, data, nil)
	if err != nil {
		return err
	}
	if err := change(f); err != nil {
		return err
	}
	f.Cleanup()
	return os.WriteFile(string(s.scratch), modfile.Format(f.Syntax), 0o666)
}

// Result returns the stack with its uppermost file as the session's commands
// want it.
func (s *Session) Result(keep modlayer.Keep) (*modlayer.Stack, error) {
	return s.scratch.result(s.Stack, s.merged, keep)
}

// Copy returns the modfile and the sums as the session's commands have left
// them.
func (s *Session) Copy() (mod, sum []byte, err error) { return s.scratch.read() }

// Context is cancelled on SIGINT and SIGTERM, as the session's commands are.
func (s *Session) Context() context.Context { return interrupted() }

// ForgetSums takes the sums of modules, given as "path version", out of the
// copy. The go command adds those again that it needs.
func (s *Session) ForgetSums(modules []string) error {
	_, data, err := s.scratch.read()
	if err != nil || len(modules) == 0 {
		return err
	}
	var kept []byte
	for line := range bytes.Lines(data) {
		isForgotten := slices.ContainsFunc(modules, func(m string) bool {
			return bytes.HasPrefix(line, []byte(m+" ")) || bytes.HasPrefix(line, []byte(m+"/go.mod "))
		})
		if !isForgotten {
			kept = append(kept, line...)
		}
	}
	return os.WriteFile(modpair.SumPath(string(s.scratch)), kept, 0o666)
}
