package install

import (
	"go/version"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/goroot"
	"github.com/goshim/goshim/internal/goversion"
	"github.com/goshim/goshim/shim"
)

// minVersion is the oldest go command whose flags the tables of
// internal/gocmd describe.
const minVersion = "go1.24"

// A RealGo is the go command that the shim is to stand in front of.
type RealGo struct {
	shim.RealGo
	Version string // "go1.26.8"
	GOOS    string // of the machine
	GOARCH  string
}

// findRealGo returns the go command that the user's shell runs, or would run
// if there were no shim: GOSHIM_REAL_GO, the first in PATH, the one recorded
// by an earlier setup, those of GOROOT and of the usual places. The path is
// the one in PATH, links not followed, so that an upgrade behind a link
// counts.
func (in *Installer) findRealGo(l Layout) (RealGo, error) {
	env := in.shellEnv()
	found, err := shim.FindRealGo(l.Shim(), withoutHome(env))
	if err != nil || found.From != "PATH" && found.From != "GOSHIM_REAL_GO" {
		if recorded, rerr := shim.FindRealGo(l.Shim(), env); rerr == nil {
			found, err = recorded, nil
		}
	}
	if err != nil {
		return RealGo{}, err
	}
	return in.probe(found)
}

// shellEnv returns the environment as it is in the user's shell: without what
// `go run`, a toolchain switch and a go command that captures put into it.
func (in *Installer) shellEnv() *envset.Set {
	env := envset.New(in.Env)
	dirs := filepath.SplitList(env.Get("PATH"))
	if len(dirs) > 1 && in.startedByGoRun() {
		dirs = dirs[1:] // $GOROOT/bin (cmd/go/internal/base.AppendPATH)
	}
	dirs = slices.DeleteFunc(dirs, isSwitched)
	env.Set("PATH", strings.Join(dirs, string(os.PathListSeparator)), diag.Pos{})
	if root := env.Get("GOROOT"); isSwitched(root) || goroot.Behind(root) != "" {
		env.Unset("GOROOT", diag.Pos{})
	}
	return env
}

// isSwitched reports whether dir belongs to a toolchain that a go command
// downloaded, for itself and not for the user's shell.
func isSwitched(dir string) bool {
	return strings.Contains(filepath.ToSlash(dir), "/golang.org/toolchain@v")
}

// startedByGoRun reports whether this executable lies where `go run` builds:
// in a temporary folder, or in the build cache.
func (in *Installer) startedByGoRun() bool {
	for part := range strings.SplitSeq(filepath.ToSlash(filepath.Dir(in.Self)), "/") {
		if strings.HasPrefix(part, "go-build") {
			return true
		}
	}
	cache := in.getenv("GOCACHE")
	rel, err := filepath.Rel(cache, in.Self)
	return cache != "" && err == nil && filepath.IsLocal(rel)
}

// withoutHome returns a copy of env in which no earlier setup is recorded.
func withoutHome(env *envset.Set) *envset.Set {
	bare := envset.New(env.Environ())
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "AppData", "USERPROFILE"} {
		bare.Unset(name, diag.Pos{})
	}
	return bare
}

// probe runs the go command to see that it works, and what it is.
func (in *Installer) probe(found shim.RealGo) (RealGo, error) {
	is, err := goversion.Ask(found.Path, os.TempDir(), in.shellEnv().Environ())
	if err != nil {
		return RealGo{}, brokenGo(found, err.Error())
	}
	if version.Compare(is.Version, minVersion) < 0 {
		return RealGo{}, &diag.Error{
			Msg:  found.Path + " is " + is.Version + ", and goshim needs " + minVersion + " or newer",
			Hint: "install a newer Go, or set GOSHIM_REAL_GO to its go command",
		}
	}
	return RealGo{found, is.Version, is.GOOS, is.GOARCH}, nil
}

// brokenGo is the error for a go command that does not run, or is not one.
func brokenGo(found shim.RealGo, msg string) error {
	return &diag.Error{Msg: msg, Hint: "repair it (found by " + found.From + "), or set GOSHIM_REAL_GO to the go command of a toolchain"}
}

// getenv reads one variable of the caller's environment.
func (in *Installer) getenv(name string) string { return envset.New(in.Env).Get(name) }
