package shim

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/goroot"
	"github.com/goshim/goshim/internal/userdir"
)

// applyNested gives the commands that start programs of the user's a generated
// GOROOT, so that the go commands of those programs are the shim. Other
// commands keep the real one: its path is in what they build.
func (p *planner) applyNested() error {
	if !p.startsPrograms() {
		return nil
	}
	if p.policy.Nested.Value != "capture" {
		if n := len(p.policy.Modfile); n > 0 && p.pair != nil {
			p.because(p.policy.Modfile[n-1].Pos, `the go commands that it starts see `+p.use.Names()+` as an overlay, and cannot change go.mod or go.sum: nested = "capture" lets them`)
		}
		return nil
	}
	return p.nestedError(p.capture())
}

// nestedError returns err with the place in the policy that led to it.
func (p *planner) nestedError(err error) error {
	var e *diag.Error
	if !errors.As(err, &e) {
		return err
	}
	return &diag.Error{Pos: p.policy.Nested.Pos, Msg: `nested = "capture": ` + e.Msg, Hint: e.Hint}
}

func (p *planner) capture() error {
	real, err := p.switched()
	if err != nil {
		return err
	}
	root := effectiveRoot(p.real, p.env)
	if real != p.real {
		p.because(p.policy.Nested.Pos, "runs "+real.Version()+", which the real go would switch to")
		p.real, root = real, real.Root
	}
	dir, err := generated(p.inv.Self, p.real, root, envset.New(p.inv.Env).Get)
	if err != nil {
		return err
	}
	p.env.Set("GOROOT", dir.Path, p.policy.Nested.Pos)
	if !dir.IsRight() {
		p.steps = append(p.steps, Step{
			What: "make " + dir.Path + ", a GOROOT whose go is the shim",
			Do:   func() error { return p.nestedError(makeGoroot(p.inv, dir)) },
		})
	}
	return nil
}

// makeGoroot lets the companion make the directory, which is seldom needed: so
// the code for it is not in the way of every go command.
func makeGoroot(inv Invocation, dir goroot.Dir) error {
	cmd := exec.Command(companionPath(inv.Self), "goroot", "--real="+dir.Real, "--shim="+dir.Shim)
	cmd.Env = inv.Env
	out, err := stderrOf(cmd)
	if err == nil && dir.IsRight() {
		return nil
	}
	text, isDiag := strings.CutPrefix(strings.TrimSpace(out), "goshim: ")
	if isDiag {
		msg, hint, _ := strings.Cut(text, "\ngoshim: hint: ")
		return &diag.Error{Msg: msg, Hint: hint}
	}
	return &diag.Error{
		Msg:  cmd.Path + " goroot does not make " + dir.Path + ": " + text,
		Hint: "goshim setup installs goshim beside the shim, " + dir.Shim,
	}
}

// stderrOf runs the command and returns the beginning of its standard error.
func stderrOf(cmd *exec.Cmd) (string, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer r.Close()
	cmd.Stderr = w
	err = cmd.Start()
	w.Close()
	if err != nil {
		return err.Error(), err
	}
	text := make([]byte, 4096)
	n, _ := io.ReadFull(r, text)
	return string(text[:n]), cmd.Wait()
}

// startsPrograms reports whether the command starts programs for which the go
// command puts $GOROOT/bin first in PATH (the callers of
// cmd/go/internal/base.AppendPATH). With -n, and for test with -c, it does not.
func (p *planner) startsPrograms() bool {
	switch p.typed.Words {
	case "generate", "run":
	case "test":
		if p.isOn("c") {
			return false
		}
	case "tool":
		if len(p.typed.Args) == 0 {
			return false
		}
	default:
		return false
	}
	return !p.isOn("n")
}

// isOn reports whether a boolean flag is on, by the command line or GOFLAGS.
func (p *planner) isOn(name string) bool {
	if p.cmd.Has(name) {
		return p.cmd.Bool(name)
	}
	words, _ := p.goflags()
	value, _ := gocmd.LastFlag(words, name)
	on, err := strconv.ParseBool(value)
	return on && err == nil
}

// effectiveRoot returns the GOROOT that the real go works with, or "" if that
// is not known.
func effectiveRoot(real RealGo, env *envset.Set) string {
	if real.Root == "" {
		return ""
	}
	root, _ := env.Effective("GOROOT")
	if behind := goroot.Behind(root); behind != "" { // by the go/env file
		return behind
	}
	if root == "" {
		root = real.Root
	}
	return filepath.Clean(root)
}

// generated returns the generated GOROOT of the shim self for root, with which
// the real go works.
func generated(self string, real RealGo, root string, getenv userdir.Getenv) (dir goroot.Dir, err error) {
	if target, err := filepath.EvalSymlinks(self); err == nil {
		self = target
	}
	cache := userdir.Cache(getenv)
	e := &diag.Error{Hint: "set XDG_CACHE_HOME to a directory that can be written"}
	switch {
	case root == "":
		e.Msg = "the real go, " + real.Path + ", does not lie in a GOROOT"
		e.Hint = "set GOSHIM_REAL_GO to the go command of a toolchain, such as /usr/local/go/bin/go"
	case !filepath.IsAbs(root):
		e.Msg, e.Hint = "GOROOT="+root+" is not an absolute path", ""
	case cache == "":
		e.Msg = "the environment names no cache directory"
	case strings.ContainsRune(cache, os.PathListSeparator):
		e.Msg = "the cache directory " + cache + " cannot stand on PATH"
	default:
		return goroot.New(cache, root, self), nil
	}
	return dir, e
}

// leaveGenerated returns the caller's environment. A generated GOROOT in it,
// which is that of a go command around this one, is replaced by the real one,
// and returned: whether this command gets one too is for its own policy to
// say. Of one that somebody removed meanwhile, what is behind it is not known.
func leaveGenerated(environ []string) (env *envset.Set, left string) {
	env = envset.New(environ)
	left = env.Get("GOROOT")
	switch behind := goroot.Behind(left); {
	case behind != "":
		env.Set("GOROOT", behind, diag.Pos{})
	case goroot.IsDamaged(userdir.Cache(env.Get), left):
		env.Unset("GOROOT", diag.Pos{}) // the real go finds its own
	default:
		return env, ""
	}
	return envset.New(env.Environ()), left // as if the caller had it
}

// leaveSwitch removes a GOROOT that a toolchain switch left. The go command
// sets it when it runs a toolchain from the module cache, and children
// inherit it; a real go of another version must not take that one's tools.
// It will switch again by itself (cmd/go/internal/toolchain.Exec).
//
// If a generated GOROOT was left, the one behind it may be that of a toolchain
// elsewhere, such as one in PATH.
func leaveSwitch(real RealGo, env *envset.Set, left string) {
	goroot := env.Get("GOROOT")
	switch {
	case goroot == "" || goroot == real.Root:
	case strings.Contains(filepath.ToSlash(goroot), "/golang.org/toolchain@v"),
		left != "" && real.Root != "" && versionOf(goroot) != versionOf(real.Root):
		env.Unset("GOROOT", diag.Pos{})
	}
}
