// Package shim turns a go command as the user typed it into the process that
// takes its place.
//
// Data flows one way: an [Invocation] is resolved to a [Plan], and the plan is
// executed. [Resolve] reads files, starts no process and changes nothing, so
// that `goshim explain` shows exactly what a go command would do.
package shim

import (
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/policy"
)

// An Invocation is a go command as it reached the shim.
type Invocation struct {
	Args []string // without the command's own name
	Dir  string   // working directory, "" if it cannot be known
	Env  []string // in the form of [os.Environ]
	Self string   // the shim's own path
}

// A Plan describes the process that will replace the shim. Why has one line
// per departure from the Invocation, in the order applied.
type Plan struct {
	Path    string   // of the executable
	Args    []string // Args[0] is Path
	Env     []string
	Prepare []Step // in order, before the process can run
	Why     []Reason
	Notice  string         // one line for a person at a terminal, or ""
	Command *gocmd.Command // what was typed
	Policy  *policy.Policy // nil if none is in force
}

// A Reason is one departure from the plain call, or one that a policy asks
// for and the command cannot take.
type Reason struct {
	What   string
	Source diag.Pos // zero where no file asks for it
}

// A Step makes something that a plan's process needs, such as a file in
// goshim's cache. Resolve only describes it, because it changes nothing.
type Step struct {
	What string       // what is made, for explain: "make …"
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
