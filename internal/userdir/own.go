package userdir

import (
	"io/fs"
	"os"
)

// MakeDir makes a directory of state, with those above it, for nobody but the
// user, whatever the umask is. One that is there already and that others may write
// is closed to them; one of another user is an error.
func MakeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	err := CheckOwn(dir)
	if err == nil {
		return nil
	}
	info, statErr := os.Stat(dir)
	if statErr != nil || !isOwn(info) || os.Chmod(dir, 0o700) != nil {
		return err
	}
	return nil
}

// CheckOwn returns an error if one of the paths belongs to another user, root
// aside, or can be written by others: then whatever it says may be theirs. A path
// that is not there is no fault.
func CheckOwn(paths ...string) error {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		switch {
		case !isOwn(info):
			return &fs.PathError{Op: "state", Path: path, Err: errForeign}
		case isShared(info):
			return &fs.PathError{Op: "state", Path: path, Err: errShared}
		}
	}
	return nil
}

type ownError string

func (e ownError) Error() string { return string(e) }

const (
	errForeign = ownError("it belongs to another user")
	errShared  = ownError("others may write it; chmod go-w closes it")
)
