package modlayer

import (
	"time"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/filestate"
	"github.com/goshim/goshim/internal/modpair"
)

// Read reads and parses the files. A whole modfile takes the place of go.mod
// and of the layers named before it. The error is a [modpair.PendingError] if
// somebody is writing them.
func Read(u *modpair.Use) (*Stack, error) {
	contents, _, err := snapshot(u)
	if err != nil {
		return nil, err
	}
	return parse(u, contents)
}

// snapshot reads the inputs so that their contents belong together. The state
// tells when they change, or is "" if it cannot.
func snapshot(u *modpair.Use) (contents map[string][]byte, state string, err error) {
	for range 100 {
		before, settled := filestate.Of(u.Inputs(), time.Now())
		contents = make(map[string][]byte)
		for _, path := range u.Inputs() {
			if contents[path], err = readInput(u, path); err != nil {
				return nil, "", err
			}
		}
		if u.Journal.Pending() {
			return nil, "", &modpair.PendingError{Journal: u.Journal}
		}
		after, _ := filestate.Of(u.Inputs(), time.Time{})
		switch {
		case after != before:
			continue // changed while we read it
		case !settled || u.Actual != nil:
			after = ""
		}
		return contents, after, nil
	}
	return nil, "", &modpair.PendingError{Journal: u.Journal}
}

func readInput(u *modpair.Use, path string) ([]byte, error) {
	if to, ok := u.Actual[path]; ok {
		path = to
	}
	if path == "" {
		return nil, nil // deleted in the overlay
	}
	data, err := ReadFile(path)
	if err != nil {
		return nil, &diag.Error{Msg: err.Error()}
	}
	return data, nil
}

// parse parses the contents of the inputs; one that is not there is nil.
func parse(u *modpair.Use, contents map[string][]byte) (*Stack, error) {
	s := &Stack{Root: u.Root}
	for i, ref := range append([]modpair.Ref{u.Gomod()}, u.Modfiles...) {
		f := &File{Path: ref.Path, Name: ref.Name, Data: contents[ref.Path], Sum: contents[modpair.SumPath(ref.Path)]}
		if f.Data == nil {
			return nil, &diag.Error{Pos: ref.Pos, Msg: "modfile " + ref.Name + " is not there", Hint: "create it; an empty one changes nothing"}
		}
		if err := f.parse(); err != nil {
			return nil, err
		}
		switch {
		case f.IsWhole():
			s.Files = nil
		case i == 0:
			return nil, &diag.Error{Pos: diag.Pos{File: f.Name}, Msg: "there is no module line", Hint: "go mod edit -module=PATH go.mod writes one"}
		default:
			if err := f.checkReplaced(u.Root); err != nil {
				return nil, err
			}
		}
		s.Files = append(s.Files, f)
	}
	return s, nil
}
