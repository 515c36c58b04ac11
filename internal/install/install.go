package install

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/goshim/goshim/internal/diag"
)

// An Installer installs goshim for the user whose environment it has.
type Installer struct {
	Dir      string   // working directory
	Env      []string // in the form of [os.Environ]
	Self     string   // path of this executable
	Progress func(line string)
}

// A Result is what [Installer.Install] did.
type Result struct {
	Layout Layout
	RealGo RealGo
	Was    string // the real go of an earlier setup, if it was another
	Source string // what the binaries were built from; "" if they were there and stay
	Proof  *Proof
}

// Install builds and installs both binaries, records the real go, writes the
// files that put them on PATH, and proves with a sample module that they
// work. It changes no file of the user's own. Setups that run at once wait
// for each other.
func (in *Installer) Install() (*Result, error) {
	l, err := NewLayout(in.getenv)
	if err != nil {
		return nil, err
	}
	real, err := in.findRealGo(l)
	if err != nil {
		return nil, err
	}
	src, err := in.findSource(l)
	if err != nil {
		return nil, err
	}
	unlock, err := lock(l)
	if err != nil {
		return nil, err
	}
	defer unlock()
	r := &Result{Layout: l, RealGo: real, Was: recorded(l), Source: src.String()}
	if r.Was == real.Path {
		r.Was = ""
	}
	if err := in.write(l, real, src); err != nil {
		return nil, err
	}
	in.progress("building a sample module in a new shell …")
	r.Proof, err = in.prove(l, real)
	return r, err
}

// write writes all files of the installation.
func (in *Installer) write(l Layout, real RealGo, src source) error {
	if src != (source{}) {
		if err := in.build(l, real, src); err != nil {
			return err
		}
	}
	return errors.Join(
		writeFile(l.EnvSh(), []byte(envSh(l.Bin)), 0o644),
		writeFile(l.EnvFish(), []byte(envFish(l.Bin)), 0o644),
		writeFile(l.Record, []byte(real.Path+"\n"), 0o644),
	)
}

// lock makes the folders of the installation and locks it. It comes before
// the build, so that a home that cannot be written to is known at once.
func lock(l Layout) (unlock func(), err error) {
	for _, dir := range []string{l.Bin, filepath.Dir(l.Record)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, notWritable(err)
		}
	}
	unlock, err = lockedfile.MutexAt(l.lockFile()).Lock()
	if err != nil {
		return nil, notWritable(err)
	}
	return unlock, nil
}

func notWritable(err error) error {
	e := &diag.Error{Msg: err.Error(), Hint: "setup needs a home directory that it can write to: check " + homeVars()}
	var perr *fs.PathError
	if errors.As(err, &perr) {
		e.Msg = "writing " + perr.Path + ": " + perr.Err.Error()
	}
	return e
}

// recorded returns the real go that an earlier setup recorded, or "".
func recorded(l Layout) string {
	data, err := os.ReadFile(l.Record)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

func (in *Installer) progress(line string) {
	if in.Progress != nil {
		in.Progress(line)
	}
}
