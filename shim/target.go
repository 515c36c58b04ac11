package shim

import (
	"go/version"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/stamp"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/policy"
)

// A Target is the module of an invocation's directory as one environment has
// it, for programs that compare environments or move settings between them.
type Target struct {
	Policy *policy.Policy
	Use    *modpair.Use // without Modfiles if the environment has go.mod itself
	Real   RealGo
	Env    []string     // of the environment's go commands, without its modfile
	Stamp  *stamp.Stamp // of its modules in the module cache

	// Vars is Env with where each value comes from, and with what lies below it:
	// the user's go/env file and the toolchain's go.env.
	Vars *envset.Set
}

// TargetOf returns the target for the environment with the given name, or, if
// it is "", for the chosen one. The rules that allow and deny commands are not
// asked. Errors are those of [policy.Load], and that there is no module.
func TargetOf(inv Invocation, name string) (*Target, error) {
	target, err := ModuleOf(inv, name)
	if err == nil && target.Policy.Files() == nil {
		return nil, noEnvironments()
	}
	return target, err
}

func noEnvironments() error {
	return &diag.Error{Msg: "no policy is in force, so there are no environments", Hint: "goshim init writes a goshim.toml"}
}

// ModuleOf returns what [TargetOf] does, but where no policy is in force and no
// environment is named, the module as the go command itself has it. The policy
// is an empty one then.
func ModuleOf(inv Invocation, name string) (*Target, error) {
	env := Environ(inv.Self, inv.Env)
	real, err := FindRealGo(inv.Self, env)
	if err != nil {
		return nil, err
	}
	list := gocmd.Parse([]string{"list", "-m"})
	p := &planner{inv: inv, dir: inv.Dir, cmd: list, typed: list, env: env, real: real, callerGOFLAGS: env.Get("GOFLAGS")}
	if p.policy, err = policy.LoadEnv(p.dir, env, name); err != nil {
		return nil, err
	}
	if p.policy == nil {
		if name != "" {
			return nil, noEnvironments()
		}
		p.policy = &policy.Policy{}
	}
	for _, step := range []func() error{p.applyVariables, p.applyToolchain, p.applyNetwork, p.applyTags, p.env.Conflict} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	use, err := p.targetUse()
	if err != nil {
		return nil, err
	}
	p.use = use
	return &Target{p.policy, use, real, env.Environ(), p.supplyStamp(), env}, nil
}

// Environ returns a copy of the target's variables, to be changed.
func (t *Target) Environ() *envset.Set {
	env := envset.New(t.Env)
	env.UseUserFile(envset.UserFile(env.Get))
	env.UseToolchainFile(func() *envset.File { return toolchainFile(t.Real, env) })
	return env
}

// Go returns the go command that does the work in the target's module outside
// of workspaces: its real go, or the toolchain that this switches to because of
// go.mod, of GOTOOLCHAIN or of a layer that asks for want, if that is not "". One
// that would have to be downloaded first is an error.
func (t *Target) Go(want string) (RealGo, error) {
	env := t.Environ()
	env.Set("GOWORK", "off", diag.Pos{})
	list := gocmd.Parse([]string{"list", "-m"})
	p := &planner{dir: t.Use.Root, cmd: list, typed: list, env: env, real: t.Real, policy: t.Policy}
	p.chooseToolchain(want, diag.Pos{})
	return p.switched()
}

// A Toolchain is the one that go commands in a directory run with.
type Toolchain struct {
	Name  string // such as go1.26.8
	Ready bool   // whether it is there: the real go's own, in PATH or in the module cache
	Real  RealGo
	Env   []string // in which `go version` of the real go fetches it
}

// ToolchainOf returns the toolchain that the policy, if one is in force, go.mod
// and its layers ask for, whether or not it is there. It is an error if
// GOTOOLCHAIN keeps to one that is too old for the go line.
func ToolchainOf(inv Invocation) (*Toolchain, error) {
	env := Environ(inv.Self, inv.Env)
	real, err := FindRealGo(inv.Self, env)
	if err != nil {
		return nil, err
	}
	list := gocmd.Parse([]string{"list", "-m"})
	p := &planner{
		inv: inv, dir: inv.Dir, cmd: list, typed: list, env: env, real: real,
		fetching: true, callerGOFLAGS: env.Get("GOFLAGS"),
	}
	if p.policy, err = policy.Load(p.dir, env); err != nil {
		return nil, err
	}
	if p.policy != nil {
		for _, step := range []func() error{p.applyVariables, p.applyToolchain, p.applyNetwork, p.env.Conflict, p.applyModfile} {
			if err := step(); err != nil {
				return nil, err
			}
		}
	}
	setting, _ := env.Effective("GOTOOLCHAIN")
	name, follows := p.selectToolchain(setting)
	t := &Toolchain{Name: name, Ready: name == "", Real: real}
	switch {
	case t.Ready:
		t.Name = real.Version()
	case p.inPath(name) != "" || isReady(p.cachedToolchain(name)):
		t.Ready = true
	case setting != "path" && !strings.HasSuffix(setting, "+path"):
		env.Set("GOTOOLCHAIN", name, diag.Pos{}) // of what a layer asks for, the go command does not know
	}
	t.Env = env.Environ()
	if !follows {
		err = p.checkGoLine(t.Name, setting)
	}
	return t, err
}

// checkGoLine refuses a toolchain that is older than the go line in force, where
// the go command may not switch to another one.
func (p *planner) checkGoLine(name, setting string) error {
	file := p.versionFile()
	data, err := textfile.Read(file, textfile.Max)
	line, have := lookup(data, "go"), fromToolchain(name)
	if err != nil || have == "" || version.Compare("go"+line, have) <= 0 {
		return nil
	}
	return &diag.Error{
		Msg:  p.shortName(file) + " requires go " + line + ", but GOTOOLCHAIN=" + setting + " keeps to " + name,
		Hint: "set GOTOOLCHAIN=auto",
	}
}

// OtherModule returns the error for two targets that have different modules, as
// a modfile may be that of another module of the workspace.
func OtherModule(a, b *Target) error {
	return &diag.Error{
		Msg:  a.Policy.Choice.Env + " has the module in " + a.Use.Root + ", and " + b.Policy.Choice.Env + " that in " + b.Use.Root,
		Hint: "run it in the directory of the module that is meant",
	}
}

// ModfilesOf returns which modfiles the named environment puts in force in the
// directory of the invocation, whether or not its go commands could run here.
func ModfilesOf(inv Invocation, name string) (*modpair.Use, error) {
	env := Environ(inv.Self, inv.Env)
	pol, err := policy.Inspect(inv.Dir, env, name)
	if pol == nil || err != nil {
		return nil, err
	}
	list := gocmd.Parse([]string{"list", "-m"})
	p := &planner{inv: inv, dir: inv.Dir, cmd: list, typed: list, env: env, policy: pol}
	return p.targetUse()
}

// AppliedModfiles returns the modfiles of the policy that go commands in the
// invocation's directory get, or why they get none. Both are nothing if the
// policy has none.
func AppliedModfiles(inv Invocation, env *envset.Set, pol *policy.Policy) (use *modpair.Use, why string, err error) {
	if len(pol.Modfile) == 0 {
		return nil, "", nil
	}
	list := gocmd.Parse([]string{"list", "-m"})
	p := &planner{inv: inv, dir: inv.Dir, cmd: list, typed: list, env: env, policy: pol}
	return p.modfiles()
}

// targetUse returns the modfiles in force, or go.mod itself.
func (p *planner) targetUse() (*modpair.Use, error) {
	use, _, err := p.modfiles()
	if err != nil {
		return nil, err
	}
	if use == nil {
		use = &modpair.Use{Cache: userdir.Cache(p.env.Get)}
		if root := p.moduleRoot(); root != "" {
			use.SetRoot(p.env.Get, root)
			use.Name = p.shortName(filepath.Join(root, "go.mod"))
		}
	}
	if work := p.workspaceFile(); use.Root == "" && work != "" {
		return nil, &diag.Error{
			Pos: diag.Pos{File: p.shortName(work)}, Msg: "this is a workspace, and the command is about one module",
			Hint: "run it in the directory of the module, one of the use lines",
		}
	}
	if use.Root == "" {
		return nil, &diag.Error{Msg: "there is no go.mod in " + p.inv.Dir + " or above", Hint: "go mod init makes one"}
	}
	return use, nil
}
