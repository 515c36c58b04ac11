package gorun

import "github.com/goshim/goshim/shim"

// A Supplier sees to the modules that the command of a plan may fetch, before it
// runs. Its error is a refusal.
type Supplier func(shim.Invocation, *shim.Plan) (Supplied, error)

// Supplied is what comes of it.
type Supplied struct {
	Complete func(*shim.Plan) // changes the plan accordingly; nil if nothing is to be changed
	Release  func()           // ends what the command needs as long as it runs; nil if that is nothing
}

func (s *Supplied) complete(plan *shim.Plan) {
	if s.Complete != nil {
		s.Complete(plan)
	}
}

func (s *Supplied) release() {
	if s.Release != nil {
		s.Release()
	}
}
