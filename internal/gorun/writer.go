package gorun

import (
	"os"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/journal"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/shim"
)

// A writer runs a command on a copy of the merged modfile and carries the
// difference back to the files of the stack.
type writer struct {
	plan    *shim.Plan
	scratch scratch
	read    *modlayer.Stack // as it was read
	stack   *modlayer.Stack // as it is to be written
}

func newWriter(plan *shim.Plan) (*writer, error) {
	stack, err := modlayer.Read(plan.Writes.Use)
	if err != nil {
		return nil, err
	}
	return &writer{plan, scratch(plan.Writes.Scratch), stack, stack}, nil
}

// run runs the command, and gives commit what is to be written.
func (w *writer) run(commit func([]journal.Change) error) (status int, err error) {
	showDiff := w.dropDiffFlag()
	for _, level := range w.levels() {
		if status, err = w.runLevel(level); err != nil || status != 0 && level < len(w.stack.Files)-1 {
			return status, err
		}
	}
	changes := Changes(w.read, w.stack)
	if showDiff && status == 0 {
		os.Stdout.Write(Diff(changes, w.stack.NameOf))
		return min(len(changes), 1), nil
	}
	return status, commit(changes)
}

// lockAndCommit commits changes that were made without the lock. It is an
// error if somebody else has changed the same files meanwhile.
func (w *writer) lockAndCommit(changes []journal.Change) error {
	if len(changes) == 0 {
		return nil
	}
	j := w.plan.Writes.Use.Journal
	unlock, err := Lock(j)
	if err != nil {
		return err
	}
	defer unlock()
	return j.Commit(changes)
}

// levels returns the files of the stack that the command is run for: the
// uppermost, which is the environment's own, and for go mod tidy first those
// that it lies on, but never go.mod itself.
func (w *writer) levels() []int {
	top := len(w.stack.Files) - 1
	if w.plan.Command.Words != "mod tidy" {
		return []int{top}
	}
	var levels []int
	for i, f := range w.stack.Files {
		if f.Path != w.plan.Writes.Use.Gomod().Path {
			levels = append(levels, i)
		}
	}
	return levels
}

// dropDiffFlag takes -diff away from go mod tidy: what would change is told of
// the environment's own files, not of the merged ones.
func (w *writer) dropDiffFlag() bool {
	if w.plan.Command.Words != "mod tidy" || !w.wantsDiff() {
		return false
	}
	w.plan.Args = append(w.plan.Args, "-diff=false") // the last one counts
	return true
}

// wantsDiff reports whether -diff is typed or, if it is not, in GOFLAGS.
func (w *writer) wantsDiff() bool {
	if w.plan.Command.Has("diff") {
		return w.plan.Command.Bool("diff")
	}
	value, _ := envset.New(w.plan.Env).Effective("GOFLAGS")
	words, _ := gocmd.SplitGOFLAGS(value)
	return gocmd.Parse(append([]string{"mod", "tidy"}, words...)).Bool("diff")
}

// runLevel runs the command on the merged files up to a level, and takes what
// it changed into the file at that level.
func (w *writer) runLevel(level int) (status int, err error) {
	part := w.stack.Upto(level + 1)
	merged, err := part.Merge()
	if err != nil {
		return 0, err
	}
	if err := w.scratch.write(merged); err != nil {
		return 0, &diag.Error{Msg: "copying the merged go.mod: " + err.Error(), Hint: "set XDG_CACHE_HOME to a directory that can be written"}
	}
	status = w.plan.Run(w.plan.Child)
	keep := modlayer.Exact
	if w.plan.Command.Words == "mod tidy" {
		keep = modlayer.Loose
	}
	if part, err = w.scratch.result(part, merged, keep); err != nil {
		return status, err
	}
	w.stack, err = w.stack.With(level, part.Top().Data, part.Top().Sum)
	return status, err
}

func lockError(err error) error {
	return &diag.Error{
		Msg:  "locking the modfiles: " + err.Error(),
		Hint: "set XDG_STATE_HOME to a directory that can be written",
	}
}
