// Package goversion asks a go command, which may be any program, what it is.
package goversion

import (
	"context"
	"errors"
	"go/version"
	"io/fs"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/loader"
)

// An Answer is what a go command prints for `go version`.
type Answer struct {
	Version string // "go1.26.8"
	GOOS    string // of the machine
	GOARCH  string
}

// patience is how long a go command may take: the first run of a version
// manager's may install something.
const patience = time.Minute

// Ask runs `go version` of the go command at path in dir, with env but for what
// would make it answer for another toolchain or to something else. Errors have no
// hint: how to replace the go command depends on who named it.
func Ask(path, dir string, env []string) (Answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	set := envset.New(slices.Clone(env))
	for _, kv := range [][2]string{{"GOSHIM", "off"}, {"GOTOOLCHAIN", "local"}, {"GOENV", "off"}} {
		set.Set(kv[0], kv[1], diag.Pos{})
	}
	set.Set("GOFLAGS", "", diag.Pos{}) // -m would make it another command
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Dir, cmd.Env = dir, set.Environ()
	out, err := cmd.Output()
	if err != nil {
		return Answer{}, &diag.Error{Msg: "running " + path + " version: " + Reason(path, err)}
	}
	answer, ok := parse(string(out))
	if !ok {
		return Answer{}, &diag.Error{Msg: path + " version prints " + strconv.Quote(strings.TrimSpace(string(out))) + ", which is not a go command's answer"}
	}
	return answer, nil
}

// Reason returns how the program at path failed, with the first line that it
// wrote, or why it did not start.
func Reason(path string, err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		if name := loader.Missing(path); name != "" {
			return name + ", which it needs to start, is not there"
		}
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if line, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n"); line != "" {
			return err.Error() + ": " + line
		}
	}
	return err.Error()
}

// parse reads "go version go1.26.8 X:boringcrypto linux/amd64".
func parse(line string) (Answer, bool) {
	words := strings.Fields(line)
	i := slices.IndexFunc(words, version.IsValid)
	if i < 0 || len(words) < 3 || words[0] != "go" || words[1] != "version" {
		return Answer{}, false
	}
	goos, goarch, ok := strings.Cut(words[len(words)-1], "/")
	return Answer{words[i], goos, goarch}, ok
}
