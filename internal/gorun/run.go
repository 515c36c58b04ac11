package gorun

import (
	"errors"

	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/shim"
)

// Run runs a go command as the shim would, and returns its exit status. Where
// the process is replaced, it does not return.
//
// A change of the modfiles that was interrupted is finished first. A command
// that changes modfiles holds their lock until its changes are written back.
func Run(inv shim.Invocation) (status int) {
	inv.Companion = Companion{}
	plan, err := shim.Resolve(inv)
	for pending := (*modpair.PendingError)(nil); errors.As(err, &pending); plan, err = shim.Resolve(inv) {
		if err := recoverNow(pending); err != nil {
			return shim.Refuse(err)
		}
	}
	if err != nil {
		return shim.Refuse(err)
	}
	switch {
	case plan.Writes == nil:
		plan.Announce()
		return plan.Run(plan.Exec)
	case plan.Writes.StandIn == "":
		return lockAndWrite(inv, plan)
	}
	plan.Announce()
	if status, err = runStandIn(plan); err != nil {
		return shim.Refuse(err)
	}
	return status
}

// recoverNow waits for a writer that lives, and finishes what a killed one
// began.
func recoverNow(pending *modpair.PendingError) error {
	unlock, err := pending.Journal.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	return pending.Journal.Recover()
}

// lockAndWrite runs a plan that changes modfiles. It is made again under the
// lock, as the files may have changed meanwhile.
func lockAndWrite(inv shim.Invocation, plan *shim.Plan) (status int) {
	journal := plan.Writes.Use.Journal
	unlock, err := journal.Lock()
	if err != nil {
		return shim.Refuse(lockError(err))
	}
	defer unlock()
	if err := journal.Recover(); err != nil {
		return shim.Refuse(err)
	}
	if plan, err = shim.Resolve(inv); err != nil {
		return shim.Refuse(err)
	}
	plan.Announce()
	if plan.Writes == nil {
		return plan.Run(plan.Child)
	}
	w, err := newWriter(plan)
	if err != nil {
		return shim.Refuse(err)
	}
	defer w.cleanUp()
	status, err = w.run()
	if err != nil {
		return shim.Refuse(err)
	}
	return status
}
