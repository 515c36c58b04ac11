package gorun

import (
	"errors"
	"sync"

	"github.com/goshim/goshim/internal/journal"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/shim"
)

// Run runs a go command as the shim would, and returns its exit status. Where
// the process is replaced, it does not return. The invocation has a [Companion].
//
// A change of the modfiles that was interrupted is finished first. A command
// that changes modfiles holds their lock until its changes are written back.
// What the policy wants checked is checked, and then one that may fetch modules
// gets them.
func Run(inv shim.Invocation, hooks Hooks) (status int) {
	plan, err := Resolve(inv)
	if err != nil {
		return shim.Refuse(err)
	}
	if plan.Verify != nil {
		if err := hooks.Verify(inv, plan); err != nil {
			return shim.Refuse(err)
		}
	}
	supplied, err := hooks.supply(inv, plan)
	if err != nil {
		return shim.Refuse(err)
	}
	defer func() { supplied.release(status) }()
	switch {
	case plan.Vendors:
		plan.Announce()
		if status, err = hooks.Vendor(inv, plan); err != nil {
			return shim.Refuse(err)
		}
		return status
	case plan.Writes == nil && supplied.Release != nil:
		plan.Announce()
		return plan.Run(plan.Child)
	case plan.Writes == nil:
		plan.Announce()
		return plan.Run(plan.Exec)
	case plan.Writes.StandIn == "":
		return lockAndWrite(inv, plan, supplied)
	}
	plan.Announce()
	if status, err = runStandIn(plan); err != nil {
		return shim.Refuse(err)
	}
	return status
}

// RunBy does what Run does up to the start of the process, and lets run do that,
// for commands that change no modfile and need no check. The error is a refusal, or
// that of run.
func RunBy(inv shim.Invocation, hooks Hooks, run func(*shim.Plan) error) error {
	plan, err := Resolve(inv)
	if err != nil {
		return err
	}
	supplied, err := hooks.supply(inv, plan)
	if err != nil {
		return err
	}
	plan.Announce()
	err = run(plan)
	status := 0
	if err != nil {
		status = 1
	}
	supplied.release(status)
	return err
}

// Resolve resolves as [shim.Resolve] does, after a change of the modfiles that
// is under way or was interrupted.
func Resolve(inv shim.Invocation) (*shim.Plan, error) {
	plan, err := shim.Resolve(inv)
	for pending := (*modpair.PendingError)(nil); errors.As(err, &pending); plan, err = shim.Resolve(inv) {
		if err := recoverNow(pending); err != nil {
			return nil, err
		}
	}
	return plan, err
}

// recoverNow waits for a writer that lives, and finishes what a killed one
// began.
func recoverNow(pending *modpair.PendingError) error {
	unlock, err := Lock(pending.Journal)
	if err == nil {
		unlock()
	}
	return err
}

// Lock takes the lock of a module's modfiles, and finishes a change that was
// interrupted. Who changes them reads them after that.
func Lock(j *journal.Journal) (unlock func(), err error) {
	if unlock, err = j.Lock(); err != nil {
		return nil, lockError(err)
	}
	if err := j.Recover(); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// Read reads modfiles as [modlayer.Read] does, after a change that is under way
// or was interrupted.
func Read(u *modpair.Use) (*modlayer.Stack, error) {
	stack, err := modlayer.Read(u)
	for pending := (*modpair.PendingError)(nil); errors.As(err, &pending); stack, err = modlayer.Read(u) {
		if err := recoverNow(pending); err != nil {
			return nil, err
		}
	}
	return stack, err
}

// lockAndWrite runs a plan that changes modfiles. It is made again under the
// lock, as the files may have changed meanwhile.
//
// A command that runs programs may last for days, and these may run go commands
// that wait for the lock: then it is held only for reading and for writing.
func lockAndWrite(inv shim.Invocation, plan *shim.Plan, supplied Supplied) (status int) {
	release, err := Lock(plan.Writes.Use.Journal)
	if err != nil {
		return shim.Refuse(err)
	}
	unlock := sync.OnceFunc(release)
	defer unlock()
	if plan, err = shim.Resolve(inv); err != nil {
		return shim.Refuse(err)
	}
	supplied.complete(plan)
	plan.Announce()
	if plan.Writes == nil {
		return plan.Run(plan.Child)
	}
	w, err := newWriter(plan)
	if err != nil {
		return shim.Refuse(err)
	}
	defer w.scratch.remove()
	commit := plan.Writes.Use.Journal.Commit
	if runsPrograms(plan.Command.Words) {
		unlock()
		commit = w.lockAndCommit
	}
	status, err = w.run(commit)
	if err != nil {
		return shim.Refuse(err)
	}
	return status
}

// runsPrograms reports whether the command runs what it has built.
func runsPrograms(words string) bool { return words == "run" || words == "test" || words == "generate" }
