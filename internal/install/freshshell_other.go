//go:build !windows

package install

import (
	"os/exec"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
)

// checkPath proves that a new shell that sources env.sh finds the shim when it
// looks for go.
func (p *prover) checkPath() error {
	cmd := p.sh(`. "$0" && command -v go`)
	out, err := cmd.Output()
	if err != nil {
		return &diag.Error{Msg: "a new shell that sources " + p.layout.EnvSh() + " finds no go: " + err.Error()}
	}
	if found := strings.TrimSpace(string(out)); found != p.layout.Shim() {
		return &diag.Error{
			Msg:  "a new shell that sources " + p.layout.EnvSh() + " takes " + strconv.Quote(found) + " for go, before " + p.layout.Shim(),
			Hint: "remove it, or what puts it there",
		}
	}
	return nil
}

// command returns a go command in the sample, started by a new shell.
func (p *prover) command(args ...string) *exec.Cmd {
	return p.sh(`. "$0" && go "$@"`, args...)
}

// sh returns a POSIX shell that runs script, in which $0 is env.sh.
func (p *prover) sh(script string, args ...string) *exec.Cmd {
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, p.layout.EnvSh()}, args...)...)
	cmd.Dir = p.dir
	cmd.Env = append(p.env.Environ(), "PWD="+p.dir)
	return cmd
}
