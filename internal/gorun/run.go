package gorun

import (
	"errors"
	"sync"

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
	if plan.Writes != nil {
		return lockAndWrite(inv, plan)
	}
	plan.Announce()
	return plan.Run(plan.Exec)
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
//
// A command that runs programs may last for days, and these may run go commands
// that wait for the lock: then it is held only for reading and for writing.
func lockAndWrite(inv shim.Invocation, plan *shim.Plan) (status int) {
	journal := plan.Writes.Use.Journal
	release, err := journal.Lock()
	if err != nil {
		return shim.Refuse(lockError(err))
	}
	unlock := sync.OnceFunc(release)
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
	commit := journal.Commit
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
