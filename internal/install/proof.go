package install

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/goversion"
	"github.com/goshim/goshim/shim"
)

// A Proof is what the installed shim made of a sample module.
type Proof struct {
	Runs []Run
}

// A Run is one go command in the sample module.
type Run struct {
	Env     string // of goshim.toml
	Command string // "go run ."
	Output  string // of the program or, if Refused, goshim's reason
	Refused bool
	Why     []string // what the environment changed, each with its line
}

// A prover runs go commands in the sample module as a new shell of the user's
// would.
type prover struct {
	layout Layout
	dir    string // of the sample
	env    *envset.Set
}

// prove runs the trials in a new shell.
func (in *Installer) prove(l Layout, real RealGo) (*Proof, error) {
	dir, err := os.MkdirTemp("", "goshim-sample-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := writeSample(dir); err != nil {
		return nil, err
	}
	env, err := in.freshEnv(real)
	if err != nil {
		return nil, err
	}
	p := &prover{layout: l, dir: dir, env: env}
	if err := p.checkPath(); err != nil {
		return nil, err
	}
	proof := &Proof{}
	for _, t := range trials {
		run, err := p.try(t)
		if err != nil {
			return nil, err
		}
		proof.Runs = append(proof.Runs, run)
	}
	return proof, nil
}

// kept are the variables that a new shell has from the user's session and
// that a go command cannot do without.
var kept = []string{
	"HOME", "PATH", "TMPDIR", "GOROOT", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
	"USERPROFILE", "AppData", "LocalAppData", "SystemRoot", "TEMP", "TMP",
}

// freshEnv returns the environment of a new shell, in which the go command
// uses the caches that it uses anyway, reads no other settings of the user's,
// and does without the network.
func (in *Installer) freshEnv(real RealGo) (*envset.Set, error) {
	shell, env := in.shellEnv(), envset.New(nil)
	for _, name := range kept {
		if value := shell.Get(name); value != "" {
			env.Set(name, value, diag.Pos{})
		}
	}
	caches := []string{"GOCACHE", "GOPATH", "GOMODCACHE"}
	cmd := exec.Command(real.Path, append([]string{"env"}, caches...)...)
	cmd.Env = append(shell.Environ(), "GOSHIM=off", "GOTOOLCHAIN=local")
	cmd.Dir = os.TempDir()
	out, err := cmd.Output()
	if err != nil {
		return nil, brokenGo(real.RealGo, "running "+real.Path+" env: "+goversion.Reason(real.Path, err))
	}
	for i, line := range slices.Collect(strings.Lines(string(out))) {
		if i < len(caches) {
			env.Set(caches[i], strings.TrimRight(line, "\r\n"), diag.Pos{})
		}
	}
	for _, kv := range [][2]string{{"GOENV", "off"}, {"GOPROXY", "off"}, {"GOTOOLCHAIN", "local"}} {
		env.Set(kv[0], kv[1], diag.Pos{})
	}
	return env, nil
}

// try runs one trial and compares.
func (p *prover) try(t trial) (Run, error) {
	run := Run{Env: t.env, Command: "go " + strings.Join(t.args, " "), Refused: t.refused, Why: p.explain(t)}
	cmd := p.command(t.args...)
	cmd.Env = append(cmd.Env, "GOSHIM_ENV="+t.env)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	run.Output = strings.TrimSpace(stdout.String())
	if t.refused {
		run.Output, _, _ = strings.Cut(strings.TrimPrefix(stderr.String(), "goshim: "), "\n")
	}
	switch {
	case !t.refused && err != nil, t.refused && !isExit(err, 2):
		return run, p.unproven(t, "ends with "+status(err), stderr.String())
	case !t.refused && run.Output != t.want:
		return run, p.unproven(t, "prints "+strconv.Quote(run.Output)+", not "+strconv.Quote(t.want), stderr.String())
	}
	return run, nil
}

// explain returns what the environment changes about the trial's command, by
// the same code that the shim runs.
func (p *prover) explain(t trial) []string {
	env := envset.New(p.env.Environ())
	env.Set("GOSHIM_ENV", t.env, diag.Pos{})
	plan, err := shim.Resolve(shim.Invocation{Args: t.args, Dir: p.dir, Env: env.Environ(), Self: p.layout.Shim()})
	if err != nil {
		return nil
	}
	var why []string
	for _, r := range plan.Why {
		why = append(why, r.String())
	}
	return why
}

func (p *prover) unproven(t trial, what, stderr string) error {
	msg := "goshim is installed, but in a sample module GOSHIM_ENV=" + t.env + " go " + strings.Join(t.args, " ") + " " + what
	if stderr = strings.TrimRight(stderr, "\n"); stderr != "" {
		msg += ":\n" + stderr
	}
	return &diag.Error{Msg: msg, Hint: "goshim setup --undo takes everything back"}
}

func status(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

func isExit(err error, code int) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.ExitCode() == code
}
