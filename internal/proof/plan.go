package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/shim"
)

// A plan is how the environment would build the program here and now.
type plan struct {
	path     string // of the real go
	dir      string
	env      *envset.Set // of its process, without what only a build needs
	cmd      *gocmd.Command
	goflags  []string          // words of GOFLAGS
	goenv    map[string]string // what go env says
	packages []*listed         // the program and all that it imports
}

// newPlan asks the shim how it would run go build for the program, makes what
// that needs, such as a merged go.mod, and has the real go list the packages.
// What belongs to the machine that the program is for is taken from the program:
// GOOS, GOARCH and, if the environment leaves it open, CGO_ENABLED.
func newPlan(ctx context.Context, inv shim.Invocation, info *debug.BuildInfo) (*plan, error) {
	inv.Args = []string{"build", info.Path}
	resolved, err := gorun.Resolve(inv)
	if err == nil && resolved.Writes != nil {
		inv.Args = []string{"build", "-mod=readonly", info.Path}
		resolved, err = gorun.Resolve(inv)
	}
	if err != nil {
		return nil, err
	}
	for _, step := range resolved.Prepare {
		if err := step.Do(); err != nil {
			return nil, err
		}
	}
	p := &plan{path: resolved.Path, dir: inv.Dir, env: shim.Environ(inv.Self, resolved.Env), cmd: gocmd.Parse(resolved.Args[1:])}
	value, _ := p.env.Effective("GOFLAGS")
	if p.goflags, err = gocmd.SplitGOFLAGS(value); err != nil {
		return nil, &diag.Error{Msg: "GOFLAGS: " + err.Error()}
	}
	if err := p.setEnv(info); err != nil {
		return nil, err
	}
	if err := p.readEnv(ctx); err != nil {
		return nil, err
	}
	return p, p.list(ctx, info.Path)
}

// setEnv sets the variables of the commands that ask: about the program's
// machine, without a network, and without flags that change what is printed.
func (p *plan) setEnv(info *debug.BuildInfo) error {
	var kept []string
	for _, word := range p.goflags {
		if name, _, _ := gocmd.CutFlag(word); gocmd.OneMeaning(name) {
			kept = append(kept, word)
		}
	}
	goflags, err := gocmd.JoinGOFLAGS(kept)
	if err != nil {
		return &diag.Error{Msg: "GOFLAGS: " + err.Error()}
	}
	set := func(name, value string) { p.env.Set(name, value, diag.Pos{}) }
	if goflags == "" {
		p.env.Unset("GOFLAGS", diag.Pos{})
	} else {
		set("GOFLAGS", goflags)
	}
	set("GOPROXY", "off")
	set("GOVCS", "*:off")
	p.env.SetDebug(shim.NoIndex, diag.Pos{})
	for _, s := range info.Settings {
		cgo, _ := p.env.Effective("CGO_ENABLED")
		if s.Key == "GOOS" || s.Key == "GOARCH" || s.Key == "CGO_ENABLED" && cgo == "" {
			set(s.Key, s.Value)
		}
	}
	return nil
}

// readEnv reads what go env says of all variables.
func (p *plan) readEnv(ctx context.Context) error {
	out, err := p.output(ctx, "env", "-json")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, &p.goenv); err != nil {
		return &diag.Error{Msg: "reading what go env printed: " + err.Error()}
	}
	return nil
}

// flag returns the value of a flag of the build, "" if it has none.
func (p *plan) flag(name string) string {
	if value, ok := p.cmd.Flag(name); ok {
		return value
	}
	for _, word := range slices.Backward(p.goflags) {
		if n, value, has := gocmd.CutFlag(word); n == name {
			if !has {
				value = "true"
			}
			return value
		}
	}
	return ""
}

// root returns the directory that vendor/ is in: that of go.work, or of go.mod.
func (p *plan) root() string {
	if work := p.goenv["GOWORK"]; work != "" && work != "off" {
		return filepath.Dir(work)
	}
	return filepath.Dir(p.goenv["GOMOD"])
}

// A listed is a package as go list prints it.
type listed struct {
	ImportPath     string
	Dir            string
	Standard       bool
	Module         *listedModule
	GoFiles        []string
	CgoFiles       []string
	SFiles         []string
	HFiles         []string
	CFiles         []string
	CXXFiles       []string
	MFiles         []string
	FFiles         []string
	SwigFiles      []string
	SwigCXXFiles   []string
	SysoFiles      []string
	EmbedFiles     []string
	DefaultGODEBUG string
	Error          *struct{ Err string }
}

type listedModule struct {
	Path    string
	Version string
	Main    bool
	Dir     string
	Replace *listedModule
}

// list lists the package and all that it imports, as the build would have them.
func (p *plan) list(ctx context.Context, path string) error {
	const fields = "-json=ImportPath,Dir,Standard,Module,GoFiles,CgoFiles,SFiles,HFiles,CFiles,CXXFiles,MFiles,FFiles,SwigFiles,SwigCXXFiles,SysoFiles,EmbedFiles,DefaultGODEBUG,Error"
	args := append([]string{"list", "-e", "-deps", fields}, p.cmd.FlagsFor(gocmd.Lookup("list"), gocmd.OneMeaning)...)
	out, err := p.output(ctx, append(args, "--", path)...)
	if err != nil {
		return err
	}
	if p.packages, err = gorun.DecodeList[*listed](out); err != nil {
		return err
	}
	for _, pkg := range p.packages {
		if pkg.Error != nil {
			return &diag.Error{Msg: "the environment cannot build " + path + " here: " + pkg.Error.Err, Hint: "the program must be one of this module, at this commit"}
		}
	}
	return nil
}

// output runs the real go and returns its standard output.
func (p *plan) output(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, p.path, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = p.dir, p.env.Environ(), 5*time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(stderr.String())
		if text == "" {
			text = err.Error()
		}
		return nil, &gorun.GoError{Args: args[:1], Stderr: text}
	}
	return stdout.Bytes(), nil
}
