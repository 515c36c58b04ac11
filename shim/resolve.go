package shim

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/policy"
)

// Resolve returns the Plan for inv. It reads files but starts no process and
// changes nothing, so its result may be printed instead of run.
//
// Errors are refusals by a policy, faults in one, and a real go that is not
// to be found. A policy cannot stop the commands that tell about the go
// command itself (go version, env, help, telemetry, bug): their plan runs
// without it, and says so.
func Resolve(inv Invocation) (*Plan, error) {
	if len(inv.Args) > 0 && inv.Args[0] == "shim" {
		inv.Args = inv.Args[1:]
		return companion(inv), nil
	}
	env, left := leaveGenerated(inv.Env)
	env.UseUserFile(envset.UserFile(env.Get))
	real, err := FindRealGo(inv.Self, env)
	if err != nil {
		return nil, err
	}
	env.UseToolchainFile(func() *envset.File { return toolchainFile(real, env) })
	if err := guardLoop(real, env); err != nil {
		return nil, err
	}
	leaveSwitch(real, env, left)
	caller := slices.Clone(env.Environ())

	cmd := gocmd.Parse(inv.Args)
	p := &planner{inv: inv, cmd: cmd, typed: cmd, env: env, real: real, dir: commandDir(inv, cmd), callerGOFLAGS: env.Get("GOFLAGS")}
	if left != "" {
		p.because(diag.Pos{}, "left the generated GOROOT of the go command around this one: "+left)
	}
	if p.dir == "" || tellsOnly(cmd) {
		return p.plan(), nil
	}
	err = p.load()
	if err == nil {
		if err := p.checkRules(); err != nil {
			return nil, err
		}
		err = p.apply()
	}
	switch {
	case err == errHandOver:
		return companion(inv, "go"), nil
	case err == nil:
		return p.plan(), nil
	case cmd.AlwaysAnswers():
		plain := &planner{cmd: cmd, typed: cmd, env: envset.New(caller), real: real, notice: err.Error()}
		return plain.plan(), nil
	}
	return nil, err
}

// meant returns the command as typed with the flags that GOFLAGS gives it: with
// -w among them, go env is go env -w.
func (p *planner) meant() *gocmd.Command {
	words, _ := p.goflags()
	return p.typed.With(words)
}

// tellsOnly reports whether no policy can concern the command: it tells about
// the go command, or it is a group such as mod, whose help is printed.
func tellsOnly(cmd *gocmd.Command) bool {
	return cmd.Untouched() && cmd.Words != "env" || cmd.Words == "mod" || cmd.Words == "work"
}

// companion returns the plan that runs `goshim` with the words and then the
// invocation's own.
func companion(inv Invocation, words ...string) *Plan {
	path := companionPath(inv.Self)
	return &Plan{Path: path, Args: slices.Concat([]string{path}, words, inv.Args), Env: inv.Env}
}

// companionPath returns where the companion of the shim self lies. Setup
// installs the two side by side.
func companionPath(self string) string {
	if target, err := filepath.EvalSymlinks(self); err == nil {
		self = target
	}
	return filepath.Join(filepath.Dir(self), "goshim"+exeSuffix())
}

// toolchainFile returns the go.env of the toolchain, or nil if its GOROOT is
// not known.
func toolchainFile(real RealGo, env *envset.Set) *envset.File {
	root := env.Get("GOROOT")
	if root == "" {
		root = real.Root
	}
	if root == "" {
		return nil
	}
	return envset.NewFile(filepath.Join(root, "go.env"))
}

// commandDir returns the directory that the command runs in, after -C, or ""
// if it cannot be known: the real go then says why.
func commandDir(inv Invocation, cmd *gocmd.Command) string {
	if !cmd.Chdir || inv.Dir == "" {
		return inv.Dir
	}
	dir := cmd.Dir
	if !filepath.IsAbs(dir) {
		dir = inv.Dir + string(filepath.Separator) + dir // not cleaned: .. may follow a link
	}
	if info, err := os.Stat(dir); err == nil && runtime.GOOS != "windows" {
		if here, err := os.Stat(inv.Dir); err == nil && os.SameFile(info, here) {
			return inv.Dir
		}
		return modpair.Real(dir) // PWD names another directory, so os.Getwd asks the system
	}
	return filepath.Clean(dir)
}

// A planner builds a plan step by step.
type planner struct {
	inv    Invocation
	dir    string         // where the command runs
	typed  *gocmd.Command // as typed
	cmd    *gocmd.Command // with the flags added so far
	env    *envset.Set
	real   RealGo
	policy *policy.Policy
	why    []Reason
	steps  []Step
	notice string

	fetching      bool     // the toolchain need not be there yet
	callerGOFLAGS string   // as the caller exported it
	copied        []string // the flags of GOFLAGS that were copied to the command line

	use     *modpair.Use  // the modfiles in force, or nil
	pair    *modpair.Pair // what they make
	merged  Merged        // the same, if the companion merged it
	write   bool          // the command may change them
	standIn string        // a copy of go.mod that the command is given, or ""
	supply  *Supply
	verify  *Verify
	vendors bool

	start func(*exec.Cmd) error // as in Plan
}

// plan returns the plan with what was decided so far.
func (p *planner) plan() *Plan {
	var why []Reason
	for _, c := range p.env.Changes() {
		why = append(why, Reason{What: p.describe(c), Source: c.Source})
	}
	plan := &Plan{
		Path:    p.real.Path,
		Args:    append([]string{p.real.Path}, p.cmd.Join()...),
		Env:     p.env.Environ(),
		Dir:     p.dir,
		Prepare: p.steps,
		Why:     append(why, p.why...),
		Notice:  p.notice,
		Command: p.typed,
		Policy:  p.policy,
		Start:   p.start,
		Supply:  p.supply,
		Verify:  p.verify,
		Vendors: p.vendors,
	}
	if p.write {
		plan.Writes = &Writes{p.use, p.pair.Scratch(), ""}
		if p.standIn != "" {
			plan.Writes = &Writes{p.use, standInScratch(p.standIn), p.standIn}
		}
	}
	return plan
}

// describe returns the line that explains a changed variable: what it is now
// and what it would be, by the caller's environment or by the go/env file.
func (p *planner) describe(c envset.Change) string {
	if c.New == "" {
		return "unset " + c.Name
	}
	what := c.Name + "=" + envset.Mask(c.Name, c.New)
	inFile, pos := p.env.UserFileValue(c.Name)
	switch {
	case c.Old != "":
		what += " (was " + envset.Mask(c.Name, c.Old) + ")"
	case inFile != "" && inFile != c.New:
		what += " (" + pos.String() + " says " + envset.Mask(c.Name, inFile) + ")"
	}
	return what
}

// because notes a departure, or one that was asked for and not made.
func (p *planner) because(source diag.Pos, what string) {
	p.why = append(p.why, Reason{What: what, Source: source})
}

// yields notes what was asked for and not made, because the caller wants it
// otherwise.
func (p *planner) yields(y Yield, source diag.Pos, what string) {
	p.why = append(p.why, Reason{what, source, y})
}

// load loads the policy that is in force, if there is one.
func (p *planner) load() error {
	pol, err := policy.Load(p.dir, p.env)
	p.policy, p.notice = pol, pol.Notice()
	if p.notice == "" && IsTerminal(os.Stderr) { // nobody else sees it
		p.notice = policy.PassedOver(p.dir, p.env.Get)
	}
	if pol != nil {
		for _, s := range pol.Beyond {
			p.because(s.Pos, s.Setting+" not applied: the go.mod in force lies above this policy, in "+p.moduleRoot())
		}
	}
	return err
}

// apply applies the policy: first what children inherit, then what only this
// command gets, then the checks, and at last, as it depends on all of that, which
// go command the children find. Whether there is a network for them comes after
// every refusal, as it may take a hand-over.
func (p *planner) apply() error {
	if p.policy == nil || p.meant().Untouched() {
		return nil
	}
	steps := []func() error{p.applyVariables, p.checkWrapper, p.applyToolchain, p.applyNetwork, p.applyTags, p.env.Conflict}
	if p.typed.Spec != nil { // otherwise nothing is known of its flags
		steps = append(steps, p.checkClean, p.checkModuleMode, p.checkOffline, p.applyModfile, p.applyFlags, p.applyMod, p.applyInject, p.checkModule, p.applyVerify, p.applyVendor, p.applySupply)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	for _, step := range []func() error{p.checkAdded, p.applyNested, p.cutNetwork} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// checkAdded refuses a command whose added flags are denied above the policy
// that adds them. A repository's own rules are about what is typed.
func (p *planner) checkAdded() error {
	goflags, _ := p.goflags()
	final := p.cmd.With(goflags)
	for _, rule := range p.policy.Deny.Rules {
		above := p.policy.Repo == nil || rule.Pos.File != p.policy.Repo.Name
		if above && !final.AlwaysAnswers() && rule.Matches(final) {
			return p.refuse(rule.Pos, rule.Reason)
		}
	}
	return nil
}

// checkRules refuses commands that the policy denies, or does not allow.
func (p *planner) checkRules() error {
	if p.policy == nil {
		return nil
	}
	meant := p.meant()
	if meant.AlwaysAnswers() && !meant.Untouched() {
		return nil
	}
	if rule := p.policy.Deny.Match(meant); rule != nil {
		return p.refuse(rule.Pos, rule.Reason)
	}
	if meant.Untouched() {
		return nil // go env -w may be denied, but need not be allowed
	}
	for _, set := range p.policy.Allow {
		if set.Match(meant) == nil {
			return p.refuse(set.Pos, "")
		}
	}
	return nil
}

func (p *planner) refuse(pos diag.Pos, reason string) error {
	e := &diag.Error{Pos: pos, Msg: "go " + p.typed.Words + " is not allowed" + p.policy.Choice.In(), Hint: p.policy.Choice.WayOut()}
	if reason != "" {
		e.Msg += ": " + reason
	}
	return e
}
