// Package install puts goshim on a user's machine and takes it away again: it
// is the work of `goshim setup`.
//
// An installation is the two binaries, the files that put their folder on
// PATH, and the record of the real go. Each file is written under another
// name and renamed, so that a crash leaves the old one or the new one.
package install

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

// A Layout says where the files of a user's installation lie.
type Layout struct {
	Data   string // what setup installs
	Bin    string // in Data: the folder for PATH
	Record string // the file that names the real go
	State  string // trust and chosen environments
	Cache  string // what goshim can make again, or "" where there is no place for it
	Policy string // the user's own policy file, which setup leaves alone
}

// NewLayout returns the layout for the user whose environment is read by
// getenv. It is an error if that names no place, or one that PATH cannot hold.
func NewLayout(getenv userdir.Getenv) (Layout, error) {
	l := Layout{
		Data:   userdir.Data(getenv),
		Record: shim.RecordFile(getenv),
		State:  userdir.State(getenv),
		Cache:  userdir.Cache(getenv),
		Policy: policy.UserFile(getenv),
	}
	if l.Data == "" || l.Record == "" || l.State == "" {
		return l, &diag.Error{Msg: "no place to install to: the environment names no home directory", Hint: "set " + homeVars()}
	}
	l.Bin = filepath.Join(l.Data, "bin")
	if strings.ContainsRune(l.Bin, os.PathListSeparator) {
		return l, &diag.Error{
			Msg:  "the folder " + strconv.Quote(l.Bin) + " cannot stand on PATH, which " + strconv.QuoteRune(os.PathListSeparator) + " separates",
			Hint: "set XDG_DATA_HOME to another",
		}
	}
	return l, nil
}

func homeVars() string {
	if runtime.GOOS == "windows" {
		return "USERPROFILE, AppData and LocalAppData"
	}
	return "HOME"
}

// Shim returns the path of the installed go.
func (l Layout) Shim() string { return filepath.Join(l.Bin, "go"+exeSuffix()) }

// Companion returns the path of the installed goshim.
func (l Layout) Companion() string { return filepath.Join(l.Bin, "goshim"+exeSuffix()) }

// EnvSh returns the file that POSIX shells source.
func (l Layout) EnvSh() string { return filepath.Join(l.Data, "env.sh") }

// EnvFish returns the file that fish sources.
func (l Layout) EnvFish() string { return filepath.Join(l.Data, "env.fish") }

func (l Layout) lockFile() string { return filepath.Join(l.Data, "setup.lock") }

func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}
