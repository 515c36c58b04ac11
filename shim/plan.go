// Package shim turns a go command as the user typed it into the process that
// takes its place.
//
// Data flows one way: an [Invocation] is resolved to a [Plan], and the plan is
// executed. [Resolve] reads files, starts no process and changes nothing, so
// that `goshim explain` shows exactly what a go command would do.
package shim

import (
	"os/exec"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/policy"
)

// An Invocation is a go command as it reached the shim.
type Invocation struct {
	Args []string // without the command's own name
	Dir  string   // working directory, "" if it cannot be known
	Env  []string // in the form of [os.Environ]
	Self string   // the shim's own path

	// Modfile is a whole modfile that stands in the place of all that the
	// environment has, for commands that only read it; "" for none. So a build
	// goes on from the last good requirements.
	Modfile string

	// Companion does what the shim does not link. It is nil in the shim, which
	// hands the command over to the companion where it is needed.
	Companion Companion
}

// A Companion merges modfiles, and their overlay with a caller's, and knows how
// to start a process without a network. Like Resolve it changes nothing: what must be written is the work of a Step.
type Companion interface {
	// ReadOverlay returns the entries of a file for -overlay.
	ReadOverlay(path string) (map[string]string, error)

	// InWorkspace reports whether the go.work file has the module at root, a
	// path without links.
	InWorkspace(file, root string) bool

	// CheckModules checks that modfiles keep the rules that the policy has for
	// them, and returns the state of what it has read, for a stamp.
	CheckModules(m Modules) (state string, err error)

	// StaleVendor says in what the modules.txt in a vendor directory differs from
	// modfiles, so that the go command would not build from it; "" if in nothing. It
	// returns the state of what it has read, for a stamp: "" if it could not be read,
	// which the go command says too.
	StaleVendor(m Modules, dir string) (what, state string)

	// Merge merges the modfiles of u.
	Merge(u *modpair.Use) (Merged, error)

	// GoVersion asks the go command at path, which may be any program, for its
	// version: it is run in dir.
	GoVersion(path, dir string, env []string) (string, error)

	// CutNetwork returns the function that starts the process of a go command
	// without a network, nil if the system cannot do that, and a line that says
	// so. It is an error if the policy then wants nothing to run. To know, it
	// may start a process that does nothing.
	CutNetwork(network policy.String, words string) (start func(*exec.Cmd) error, what string, err error)
}

// A Merged is what a [Companion] merges.
type Merged interface {
	// InCache returns the pair as it will be, and Make puts it there.
	InCache() *modpair.Pair
	Make() error

	// Combine returns the path of an overlay that is the pair's and the
	// caller's in one, and the function that writes it.
	Combine(vendor bool, caller map[string]string) (path string, write func() error)

	// ModuleChange returns a statement of a layer that changes which modules
	// are built from, and its line.
	ModuleChange() (what string, pos diag.Pos)
}

// A Plan describes the process that will replace the shim. Why has one line
// per departure from the Invocation, in the order applied.
type Plan struct {
	Path    string   // of the executable
	Args    []string // Args[0] is Path
	Env     []string
	Dir     string // where the command runs, after -C; "" if it cannot be known
	Why     []Reason
	Notice  string         // one line for a person at a terminal, or ""
	Warning string         // one line for everybody, whatever stands in the log, or ""
	Command *gocmd.Command // what was typed
	Policy  *policy.Policy // nil if none is in force
	Prepare []Step         // in order, before the process can run
	Writes  *Writes        // nil if the command changes no modfile of the environment
	Supply  *Supply        // nil if the command fetches no modules, or as the go command does
	Verify  *Verify        // nil if nothing must be checked before
	Vendors bool           // the command fills vendor/, which changes together with vendor.sum

	// Start starts the process, which is a child then. If it is nil, nothing
	// is special about that.
	Start func(*exec.Cmd) error
}

// Writes are the modfiles that a command may change. It gets a copy of the
// merged one; package gorun carries back what changed.
type Writes struct {
	Use     *modpair.Use
	Scratch string // path of the copy
	StandIn string // path of a copy of go.mod that is changed instead, or ""
}

// A Reason is one departure from the plain call, or one that a policy asks
// for and the command cannot take.
type Reason struct {
	What   string
	Source diag.Pos // zero where no file asks for it
	Yields Yield
}

// A Yield says in what the policy yields to the caller, who has said something
// else.
type Yield int

const (
	YieldsNothing  Yield = iota
	YieldsVariable       // a variable keeps the caller's value
	YieldsBuild          // a flag or a modfile is left out: something else is built
)

// Steps returns what is made before the process can run, as lines to read.
func (p *Plan) Steps() []string {
	var lines []string
	for _, step := range p.Prepare {
		if step.What != "" {
			lines = append(lines, step.What)
		}
	}
	return lines
}

// A Step makes something that a plan's process needs, such as a file in
// goshim's cache. Resolve only describes it, because it changes nothing.
type Step struct {
	What string       // what is made, for explain: "make …"; "" if nobody needs to know
	Do   func() error // may run in many processes at once; its error is a refusal
}

// prepare runs the plan's steps, and stops at the first error.
func (p *Plan) prepare() error {
	for _, step := range p.Prepare {
		if err := step.Do(); err != nil {
			return err
		}
	}
	return nil
}
