// Package buildwarm does the work of a first build before it is asked for: it
// fills the build cache, and fetches the toolchain that an environment names.
//
// # The build cache
//
// The go command finds a package in its cache by a hash of all that went into
// it: flags, variables, tools, and the packages that it imports. So nothing is
// rebuilt here: [Run] starts the go commands that a person would, go build, go
// vet and go test, as the shim would run them, on all packages of the main
// modules. Between the go command and its tools stands [Filter], by -toolexec,
// and refuses to work on the packages of the main modules themselves, which
// change with every edit. What is left is what a later command finds ready:
// the standard library and the dependencies, compiled, and, for vet, the facts
// about them. No test is linked or run. -toolexec is no part of the hash, as
// long as the tools' versions are passed on (cmd/go/internal/work.toolID).
//
// There is no state but the go command's own cache: what was compiled before an
// interruption is found again by the next run.
package buildwarm

import (
	"context"
	"slices"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/shim"
)

// Options say how to fill the build cache.
type Options struct {
	Env      string         // the environment; "" for the chosen one
	Tool     []string       // the command that calls Filter: "goshim", "toolexec"
	Low      bool           // at low priority, behind what else the machine does
	Progress func(Progress) // called at first and for every package that is begun, by one goroutine; or nil
}

// A Progress says how far the work is.
type Progress struct {
	Commands []string // the go commands that are being prepared: "build", "test"
	Done     int      // packages that were begun so far, for they are not in the cache
	Of       int      // all packages
	Package  string   // the one that was begun last, or ""
}

// A Summary is what [Run] has done.
type Summary struct {
	Skipped string   `json:"skipped,omitempty"` // why nothing was done, or ""
	Fills   []Filled `json:"fills"`
}

// A Filled is what was done for go commands that need the same packages.
type Filled struct {
	Commands []string  `json:"commands"` // "build", "vet", "test"
	Packages int       `json:"packages"` // of the standard library and the dependencies
	New      int       `json:"new"`      // those of which something was not in the cache
	Error    string    `json:"error,omitempty"`
	Failed   []Failure `json:"failed"` // packages that do not compile, and those that import them
}

// A Failure is what the go command says of a package that does not compile.
type Failure struct {
	Package string `json:"package,omitempty"` // "" if it names none
	Text    string `json:"text"`
}

// Run fills the build cache for go build, go vet and go test of the main
// modules around inv.Dir, as the environment runs them. It uses no network:
// the modules must be in the module cache. The invocation has a Companion; its
// arguments do not matter.
//
// Packages that do not compile, and commands that the policy refuses, do not
// stop the rest. It is an error if nothing at all could be done, or if ctx ends:
// then no process is left, and what is compiled stays in the cache. A build cache
// that cannot be written is no error; the summary says so. Of several that fill
// one build cache, one works and the others wait.
func Run(ctx context.Context, inv shim.Invocation, opts Options) (*Summary, error) {
	inv.Env = inEnvironment(inv.Env, opts.Env)
	configs, refused, err := configurations(inv)
	if err != nil {
		return nil, err
	}
	sum := &Summary{Fills: refused}
	cache, err := findCache(ctx, configs[0])
	if err != nil {
		return nil, interruptedOr(ctx, err)
	}
	if sum.Skipped = cache.unusable(); sum.Skipped != "" {
		return sum, nil
	}
	unlock, err := cache.lock(ctx, inv.Env)
	if err != nil {
		return nil, interruptedOr(ctx, err)
	}
	defer unlock()
	done := false
	for _, c := range configs {
		f, err := c.fill(ctx, opts)
		if ctx.Err() != nil {
			return nil, interrupted()
		}
		if err != nil {
			f.Error = err.Error()
		}
		done = done || err == nil
		sum.Fills = append(sum.Fills, f)
	}
	if !done {
		return nil, &diag.Error{Msg: sum.Fills[len(sum.Fills)-1].Error}
	}
	return sum, nil
}

// inEnvironment returns the variables with the named environment chosen.
func inEnvironment(environ []string, name string) []string {
	if name == "" {
		return environ
	}
	env := envset.New(environ)
	env.Set("GOSHIM_ENV", name, diag.Pos{})
	return env.Environ()
}

func interrupted() error {
	return &diag.Error{Msg: "interrupted", Hint: "what is done stays in the cache; the next run goes on from there"}
}

func interruptedOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return interrupted()
	}
	return err
}

// fill runs the commands of the configuration.
func (c *config) fill(ctx context.Context, opts Options) (Filled, error) {
	f := Filled{Commands: c.commands, Failed: []Failure{}}
	pkgs, err := c.list(ctx, opts.Low)
	if err != nil {
		return f, err
	}
	f.Packages, f.Failed = len(pkgs.deps), append(f.Failed, pkgs.left...)
	env := envset.New(c.env)
	l, err := newLedger(env.Get("GOTMPDIR"), pkgs.main)
	if err != nil {
		return f, err
	}
	defer l.remove()
	env.Set("GOTMPDIR", string(l), diag.Pos{})
	c.env = env.Environ()
	toolexec, err := c.toolexec(opts.Tool, l)
	if err != nil {
		return f, err
	}
	report := func(path string) {
		if opts.Progress != nil {
			opts.Progress(Progress{c.commands, f.New, f.Packages, path})
		}
	}
	report("")
	stop := l.follow(func(path string) {
		f.New++
		report(path)
	})
	out := &output{main: pkgs.main}
	for _, roots := range chunks(pkgs.roots) {
		args := slices.Concat([]string{c.verb()}, c.flags, []string{"-toolexec=" + toolexec}, roots)
		// That it fails is what the refusals lead to.
		if err = c.run(ctx, args, nil, out, opts.Low); err != nil && !isExit(err) {
			break
		}
		err = nil
	}
	stop()
	out.flush()
	f.Failed = append(f.Failed, out.failed...)
	return f, err
}

// maxArgs is how many bytes of arguments one go command is given. Windows has
// 32767 characters for all of a command line.
const maxArgs = 20 << 10

// chunks splits the list so that each part fits into a command line.
func chunks(list []string) [][]string {
	var all [][]string
	size := maxArgs
	for _, s := range list {
		if size += len(s) + 1; size > maxArgs {
			all, size = append(all, nil), len(s)+1
		}
		all[len(all)-1] = append(all[len(all)-1], s)
	}
	return all
}

// String describes the summary in lines for a person.
func (s *Summary) String() string {
	if s.Skipped != "" {
		return "build cache left alone: " + s.Skipped + "\n"
	}
	var b strings.Builder
	for _, f := range s.Fills {
		b.WriteString(f.String())
	}
	return b.String()
}
