package journal

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/robustio"

	"github.com/goshim/goshim/internal/diag"
)

// Recover finishes the commit that a writer was killed at, if there is one.
// The lock must be held.
//
// A file that has neither its old nor its new content was changed by somebody
// else since. It is left as it is, the content that it was to get is kept in
// the journal's directory, and the error names both. The other files are
// finished and the commit is over, so this is reported once. After any other
// error the commit is still pending.
func (j *Journal) Recover() error {
	data, err := robustio.ReadFile(j.decided())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	rec, err := decode(data)
	if err != nil {
		return &diag.Error{
			Pos:  diag.Pos{File: j.decided()},
			Msg:  "an interrupted change of several files cannot be finished: " + err.Error(),
			Hint: "check the files that are named in it, then remove it",
		}
	}
	return j.finish(rec)
}

// finish brings the files of a decided commit to their new contents. It may be
// interrupted and called again any number of times.
func (j *Journal) finish(rec record) error {
	var conflicts []string
	for _, e := range rec {
		conflict, err := j.apply(e)
		if err != nil {
			return j.unfinished(err.Error())
		}
		if conflict != "" {
			conflicts = append(conflicts, conflict)
		}
	}
	for _, e := range rec {
		robustio.RemoveAll(e.temp()) // if its folder is closed now, it stays: nobody needs it
		syncDir(filepath.Dir(e.path))
	}
	j.did("cleaned")
	if err := robustio.RemoveAll(j.decided()); err != nil {
		return j.unfinished(err.Error())
	}
	j.did("over")
	syncDir(j.dir)
	if conflicts != nil {
		return &diag.Error{Msg: strings.Join(conflicts, "; ")}
	}
	return nil
}

// apply brings one file to its new content, or returns why it is left to
// somebody else.
func (j *Journal) apply(e entry) (conflict string, err error) {
	s, err := e.state()
	switch {
	case err != nil:
		return "", err
	case s == isForeign:
		return j.keep(e)
	case s == isOld:
		err = j.replace(e)
	}
	return "", err
}

func (j *Journal) replace(e entry) error {
	if e.new == nil { // a rename, as Windows does not remove what is being read
		if err := robustio.Rename(e.path, e.temp()); err != nil {
			return err
		}
		j.did("removed " + e.path)
		return nil
	}
	if data, err := os.ReadFile(e.temp()); err != nil || !bytes.Equal(data, e.new) {
		if err := j.writeTemp(e); err != nil {
			return err
		}
	}
	if err := robustio.Rename(e.temp(), e.path); err != nil {
		return err
	}
	j.did("replaced " + e.path)
	return nil
}

// keep puts the content that e's file was to get where it is not in the way.
func (j *Journal) keep(e entry) (conflict string, err error) {
	if e.new == nil {
		return e.path + ": changed meanwhile by somebody else, so it is not removed", nil
	}
	kept := filepath.Join(j.dir, "kept", strings.TrimPrefix(e.tempName, "."))
	if err := os.MkdirAll(filepath.Dir(kept), 0o700); err != nil {
		return "", err
	}
	if err := j.write(kept, e.new, 0o600); err != nil {
		return "", err
	}
	return e.path + ": changed meanwhile by somebody else, so it is left as it is; what was to be written is in " + kept, nil
}
