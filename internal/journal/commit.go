package journal

import (
	"os"

	"github.com/rogpeppe/go-internal/robustio"

	"github.com/goshim/goshim/internal/diag"
)

// A Change is the replacement of one file. A nil content is no file, an empty
// one is an empty file.
type Change struct {
	Path string
	Old  []byte // what the writer read, with the lock held
	New  []byte
}

// Commit makes all the changes or none. The lock must be held since before the
// old contents were read.
//
// A replaced file keeps its permission bits. Where Path is a symbolic link,
// the file that it names is replaced or removed and the link stays. Folders
// are not made.
//
// Before anything is written, Commit refuses a change whose file does not have
// the content Old or may not be written. Any error up to the decision leaves
// every file as it was, and nothing beside it. After the decision two things
// can go wrong: a file that cannot be replaced leaves the commit pending, for
// Recover to finish; and a file that somebody else changes in that moment is
// left to them, as in Recover.
func (j *Journal) Commit(changes []Change) error {
	if j.Pending() {
		return j.unfinished("an interrupted change of several files comes first")
	}
	rec, err := newRecord(changes)
	if err != nil || len(rec) == 0 {
		return err
	}
	if err := j.decide(rec); err != nil {
		j.discard()
		return err
	}
	return j.finish(rec)
}

// decide brings all that finish needs to the disk. Its last step, a rename, is
// the decision.
func (j *Journal) decide(rec record) error {
	if err := j.write(j.undecided(), rec.encode(), 0o600); err != nil {
		return err
	}
	for _, e := range rec {
		if err := j.writeTemp(e); err != nil {
			return err
		}
	}
	for _, e := range rec { // writing took its time
		if err := e.checkOld(e.path); err != nil {
			return err
		}
	}
	if err := robustio.Rename(j.undecided(), j.decided()); err != nil {
		return err
	}
	j.did("decided")
	syncDir(j.dir)
	return nil
}

// discard removes what decide made, if it did not come to its end. A record
// that is torn was not followed by any temporary file.
func (j *Journal) discard() {
	data, err := os.ReadFile(j.undecided())
	if err != nil {
		return
	}
	rec, _ := decode(data)
	for _, e := range rec {
		robustio.RemoveAll(e.temp())
		j.did("discarded " + e.temp())
	}
	robustio.RemoveAll(j.undecided())
}

// unfinished returns an error about the commit that is decided.
func (j *Journal) unfinished(msg string) error {
	return &diag.Error{
		Msg:  msg,
		Hint: "the next call tries again to finish it; its contents are in " + j.decided() + ", which may be removed to give it up",
	}
}
