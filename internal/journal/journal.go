// Package journal replaces several files as one: after a kill at any point,
// or a power failure, they all have their old contents or are all brought to
// their new ones by the next call.
//
// # Writers
//
// A writer locks before it reads the files that it is going to replace:
//
//	j := journal.Open(dir)
//	unlock, err := j.Lock()
//	defer unlock()
//	err = j.Recover() // finishes what an earlier writer was killed at
//	…                 // read the files, make the new contents
//	err = j.Commit(changes)
//
// # Readers
//
// A reader needs no lock. It reads all its files, asks [Journal.Pending], and
// reads them again. If nothing is pending and both readings are the same, the
// files belong together: they had these contents when Pending was asked, and
// at that moment no commit was under way. To ask before and after the reading
// is not enough, as a whole commit fits between the two.
//
// If something is pending, a writer is at work or was killed. The reader calls
// Lock, which waits for a writer that lives, then Recover, unlocks, and begins
// again. A program that reads the files without knowing of the journal, as the
// real go does, is safe once its caller found nothing pending, except from a
// commit that is decided while it reads.
//
// # On disk
//
// The journal's directory holds
//
//	lock       held by the writer
//	undecided  the record of a commit that is being prepared
//	decided    the same file, renamed, once all is prepared
//	kept/      contents that were not written over somebody's edit
//
// The record holds the new contents, so that a commit can be finished even if
// its temporary files, which lie beside their targets, are gone.
package journal

import (
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/goshim/goshim/internal/diag"
)

// A Journal guards the files of one directory tree, a repository. All who
// write to these files must use the same journal.
type Journal struct {
	dir   string
	mutex lockedfile.Mutex
	step  func(name string) // called after each step on disk; nil but in tests
}

// Open returns the journal that is kept in dir, a directory of its own. It
// reads and changes nothing; Lock makes dir if there is none.
func Open(dir string) *Journal {
	return &Journal{dir: dir, mutex: lockedfile.Mutex{Path: filepath.Join(dir, "lock")}}
}

// Pending reports whether a commit was decided but is not finished, as its
// writer is at work or was killed. It costs one stat.
func (j *Journal) Pending() bool {
	if j.dir == "" {
		return false
	}
	_, err := os.Lstat(j.decided())
	return err == nil
}

// Lock waits until no other process and no other Journal of the same directory
// holds the lock, and takes it. The lock of a process that dies is free. Lock
// also removes what a writer left that was killed before its commit was
// decided; a commit that was decided is left to [Journal.Recover].
func (j *Journal) Lock() (unlock func(), err error) {
	if j.dir == "" {
		return nil, &diag.Error{Msg: "no place for state: the journal has no directory"}
	}
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return nil, err
	}
	if unlock, err = j.mutex.Lock(); err != nil {
		return nil, err
	}
	j.discard()
	return unlock, nil
}

func (j *Journal) undecided() string { return filepath.Join(j.dir, "undecided") }
func (j *Journal) decided() string   { return filepath.Join(j.dir, "decided") }

// did marks the end of a step: a test may kill the process here.
func (j *Journal) did(step string) {
	if j.step != nil {
		j.step(step)
	}
}
