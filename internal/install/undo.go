package install

import (
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/goshim/goshim/internal/goroot"
	"github.com/goshim/goshim/policy"
)

// A Removal is what [Installer.Undo] did.
type Removal struct {
	Removed  []string // files and folders
	Edited   []string // profiles that lost goshim's block
	Kept     []string // files that the user wrote
	Dangling []string // profiles with a line of the user's own that names a removed file
}

// Undo removes what setup and goshim have made, and goshim's block from every
// profile that has it. What is not goshim's own stays. It goes on after an
// error and returns the first one.
func (in *Installer) Undo() (*Removal, error) {
	l, err := NewLayout(in.getenv)
	if err != nil {
		return nil, err
	}
	unlock := func() {}
	if exists(l.Data) {
		if unlock, err = lockedfile.MutexAt(l.lockFile()).Lock(); err != nil {
			return nil, notWritable(err)
		}
	}
	u := &undoer{}
	u.profiles(l, allProfiles(in.getenv))
	u.files(l)
	unlock()
	removeFile(l.lockFile())
	for _, dir := range []string{l.Bin, l.State, l.Cache, l.Data, filepath.Dir(l.Record)} {
		os.Remove(dir) // if it is empty
	}
	if exists(l.Policy) {
		u.Kept = append(u.Kept, l.Policy)
	}
	return &u.Removal, u.err
}

// An undoer collects what was removed, and the first error.
type undoer struct {
	Removal
	err error
}

func (u *undoer) profiles(l Layout, profiles []Profile) {
	for _, p := range profiles {
		changed, err := p.deactivate()
		u.note(err)
		if changed {
			u.Edited = append(u.Edited, p.Path)
		}
		if p.Activates(l) {
			u.Dangling = append(u.Dangling, p.Path)
		}
	}
}

func (u *undoer) files(l Layout) {
	for _, path := range []string{l.Shim(), l.Companion()} {
		u.remove(path, removeBinary)
	}
	for _, path := range []string{l.EnvSh(), l.EnvFish(), l.Record} {
		u.remove(path, removeFile)
	}
	for _, kind := range policy.Records {
		u.remove(filepath.Join(l.State, kind), removeTree)
	}
	if l.Cache != "" {
		u.remove(filepath.Join(l.Cache, goroot.Folder), removeTree)
	}
	if exists(l.Data) {
		u.note(removeStages(l))
	}
}

func (u *undoer) remove(path string, remove func(string) (bool, error)) {
	removed, err := remove(path)
	u.note(err)
	if removed {
		u.Removed = append(u.Removed, path)
	}
}

func removeTree(path string) (bool, error) {
	if !exists(path) {
		return false, nil
	}
	err := os.RemoveAll(path)
	return err == nil, err
}

func (u *undoer) note(err error) {
	if err != nil && u.err == nil {
		u.err = err
	}
}
