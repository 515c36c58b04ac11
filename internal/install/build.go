package install

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
)

// stagePrefix begins the names of the folders in which binaries are built.
const stagePrefix = "stage-"

// build builds both binaries from src into a new folder beside bin, and moves
// them to their places. The caller holds the lock.
func (in *Installer) build(l Layout, real RealGo, src source) error {
	if err := removeStages(l); err != nil {
		return err
	}
	stage, err := os.MkdirTemp(l.Data, stagePrefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	in.progress("building " + src.String() + " with " + real.Version + " …")
	if err := in.compile(real, src, stage); err != nil {
		return err
	}
	for _, path := range []string{l.Companion(), l.Shim()} {
		if err := replaceBinary(filepath.Join(stage, filepath.Base(path)), path); err != nil {
			return err
		}
	}
	return nil
}

// removeStages removes what a setup that was killed left.
func removeStages(l Layout) error {
	entries, err := os.ReadDir(l.Data)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), stagePrefix) {
			if err := os.RemoveAll(filepath.Join(l.Data, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// compile runs the real go. A tree whose version control cannot be asked,
// such as one that belongs to another user, is built without its version.
func (in *Installer) compile(real RealGo, src source, stage string) error {
	out, err := in.runBuild(real, src, stage)
	if err != nil && strings.Contains(out, "-buildvcs=false") {
		out, err = in.runBuild(real, src, stage, "-buildvcs=false")
	}
	if err != nil {
		return &diag.Error{
			Msg:  "building " + src.String() + " with " + real.Path + ": " + err.Error() + "\n" + strings.TrimRight(out, "\n"),
			Hint: "what was installed before is as it was",
		}
	}
	return nil
}

func (in *Installer) runBuild(real RealGo, src source, stage string, extra ...string) (output string, err error) {
	flags := append([]string{"-trimpath", "-ldflags=-s -w"}, extra...)
	env := in.buildEnv(real)
	cmd := exec.Command(real.Path)
	if src.tree != "" {
		cmd.Dir = src.tree
		flags = append(flags, "-mod=readonly", "-o", stage+string(filepath.Separator))
		cmd.Args = slices.Concat([]string{real.Path, "build"}, flags, []string{"./cmd/go", "./cmd/goshim"})
	} else {
		cmd.Dir = stage
		env.Set("GOBIN", stage, diag.Pos{})
		at := "@" + src.version
		cmd.Args = slices.Concat([]string{real.Path, "install"}, flags, []string{modulePath + "/cmd/go" + at, modulePath + "/cmd/goshim" + at})
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = append(env.Environ(), "PWD="+cmd.Dir)
	err = cmd.Run()
	return out.String(), err
}

// buildEnv returns the user's environment without what would build for
// another machine, or something else.
func (in *Installer) buildEnv(real RealGo) *envset.Set {
	env := in.shellEnv()
	env.UseUserFile(envset.UserFile(env.Get))
	flags, _ := env.Effective("GOFLAGS")
	for _, kv := range [][2]string{
		{"GOSHIM", "off"},
		{"GOOS", real.GOOS},
		{"GOARCH", real.GOARCH},
		{"CGO_ENABLED", "0"},
		{"GO111MODULE", "on"},
		{"GOWORK", "off"},
		{"GOFLAGS", harmlessFlags(flags)},
	} {
		env.Set(kv[0], kv[1], diag.Pos{})
	}
	return env
}

// harmlessFlags returns the flags of a GOFLAGS value without those that choose
// other sources, another kind of result, or none.
func harmlessFlags(value string) string {
	words, err := gocmd.SplitGOFLAGS(value)
	if err != nil {
		words = nil
	}
	words = slices.DeleteFunc(words, func(word string) bool {
		name, _, _ := gocmd.CutFlag(word)
		switch name {
		case "asan", "buildmode", "c", "cover", "f", "json", "mod", "modfile", "msan", "n", "o", "overlay", "race", "tags":
			return true
		}
		return false
	})
	joined, err := gocmd.JoinGOFLAGS(words)
	if err != nil || joined == "" {
		return envset.Neutral("GOFLAGS")
	}
	return joined
}
