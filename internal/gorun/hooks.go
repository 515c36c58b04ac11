package gorun

import "github.com/goshim/goshim/shim"

// Hooks do for the command of a plan what other packages know. An error of one
// is a refusal.
type Hooks struct {
	// Verify makes the checks that the plan wants before the command.
	Verify func(shim.Invocation, *shim.Plan) error

	// Supply sees to the modules that the command may fetch.
	Supply func(shim.Invocation, *shim.Plan) (Supplied, error)

	// Vendor prepares and runs a command that fills vendor/, and returns its exit
	// status.
	Vendor func(shim.Invocation, *shim.Plan) (status int, err error)
}

// supply sees to the modules of the plan, and completes it.
func (h Hooks) supply(inv shim.Invocation, plan *shim.Plan) (supplied Supplied, err error) {
	if plan.Supply == nil {
		return supplied, nil
	}
	if supplied, err = h.Supply(inv, plan); err == nil {
		supplied.complete(plan)
	}
	return supplied, err
}

// Supplied is what comes of supplying modules.
type Supplied struct {
	Complete func(*shim.Plan) // changes the plan accordingly; nil if nothing is to be changed
	Release  func(status int) // ends what the command needs as long as it runs, once its exit status is known; nil if that is nothing
}

func (s *Supplied) complete(plan *shim.Plan) {
	if s.Complete != nil {
		s.Complete(plan)
	}
}

func (s *Supplied) release(status int) {
	if s.Release != nil {
		s.Release(status)
	}
}
