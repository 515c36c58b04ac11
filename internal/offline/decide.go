package offline

import (
	"slices"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/snapshot"
	"github.com/goshim/goshim/shim"
)

// A Proxy is what is known of one proxy of GOPROXY.
type Proxy struct {
	URL   string
	State string // "down: connection refused"
}

// An Outcome is what becomes of a command when no proxy answers. The zero
// Outcome changes nothing.
type Outcome struct {
	Vars    []Var  // environment variables to be set
	Vendor  bool   // the command is to get -mod=vendor
	Overlay string // has the last good requirements in the place of the environment's; or ""
	Trace   string // one line for GOSHIM_DEBUG=1
	Notice  string // one line for every user, or ""
	Lacking bool   // not all modules that builds need are here
}

// Apply changes the plan of the command.
func (o *Outcome) Apply(plan *shim.Plan) {
	env := envset.New(plan.Env)
	for _, v := range o.Vars {
		env.Set(v.Name, v.Value, diag.Pos{})
	}
	if o.Overlay != "" {
		env.UseUserFile(envset.UserFile(env.Get))
		value, _ := env.Effective("GOFLAGS")
		words, _ := gocmd.SplitGOFLAGS(value)
		words = slices.DeleteFunc(words, isOverlay) // one of ours: see lastGood
		if flags, err := gocmd.JoinGOFLAGS(append(words, "-overlay="+o.Overlay)); err == nil {
			env.Set("GOFLAGS", flags, diag.Pos{})
		}
	}
	plan.Env = env.Environ()
	if o.Vendor {
		cmd := gocmd.Parse(plan.Args[1:])
		if i := cmd.Index("mod"); i >= 0 {
			cmd = cmd.Replace(i, "-mod=vendor")
		} else {
			cmd = cmd.Insert("-mod=vendor")
		}
		plan.Args = append([]string{plan.Args[0]}, cmd.Join()...)
	}
	if o.Trace != "" {
		plan.Why = append(plan.Why, shim.Reason{What: o.Trace, Source: plan.Policy.Fallback.Pos})
	}
}

// Decide returns what becomes of a command of the target's environment when none
// of the proxies answers, by the keys fallback and offline_sources. The error
// stops the command, with status 2. It reads modfiles, the module cache and the
// last good snapshot, and for fallback = "last-good" may put the modfile of that
// into goshim's cache.
//
// Beside fallback = "fail", "quiet" and "last-good" it changes nothing: the go
// command says itself what it cannot have.
func Decide(t *shim.Target, cmd *gocmd.Command, proxies []Proxy) (*Outcome, error) {
	switch t.Policy.Fallback.Value {
	case "fail":
		return nil, stop(t, proxies, good(t))
	case "quiet":
		return goOn(t, cmd, proxies)
	case "last-good":
		return lastGood(t, cmd, proxies)
	}
	return &Outcome{}, nil
}

// goOn takes the first of the offline sources that can serve the command. If it
// is one with modules, the module cache and all bundles serve together; what none
// of them has the go command names.
func goOn(t *shim.Target, cmd *gocmd.Command, proxies []Proxy) (*Outcome, error) {
	usesVendor := hasVendor(t) && shim.TakesVendor(cmd)
	all := sources(t.Policy)
	later := slices.ContainsFunc(all, func(s source) bool { return s.name == vendor }) && usesVendor
	for _, s := range all {
		switch {
		case s.name == vendor && usesVendor:
			return &Outcome{Vars: Vars(Dirs(t)), Vendor: true, Trace: dead(proxies) + ": packages come from vendor/"}, nil
		case s.name != vendor && (!later || isComplete(t)):
			return &Outcome{Vars: modulesFor(t, cmd), Trace: dead(proxies) + ": modules come from " + names(all), Lacking: !later && !isComplete(t)}, nil
		}
	}
	return nil, &diag.Error{
		Pos:  t.Policy.Offline.Pos,
		Msg:  dead(proxies) + ", and vendor/ cannot serve go " + cmd.Words + " here",
		Hint: `add "modcache" to offline_sources`,
	}
}

// names returns the sources that have modules, as a list to read.
func names(all []source) string {
	list := []string{"the module cache"}
	for _, s := range all {
		if s.bundle != "" {
			list = append(list, s.name)
		}
	}
	return strings.Join(list, ", ")
}

// modulesFor returns the variables for a command that gets modules. One about a
// module@version asks even for what the module cache has, so that is a proxy to
// it.
func modulesFor(t *shim.Target, cmd *gocmd.Command) []Var {
	dirs := Dirs(t)
	if cmd.AtVersion() {
		dirs = append(dirs, dirs[0])
	}
	return Vars(dirs)
}

// isComplete reports whether every module that the target's packages need is
// here, as far as the files tell.
func isComplete(t *shim.Target) bool {
	stack, err := modlayer.Read(t.Use)
	if err != nil {
		return false
	}
	merged, err := stack.Merge()
	if err != nil {
		return false
	}
	graph := Load(merged.File(), stack.Root, Dirs(t))
	needed := graph.Needed(modstore.ParseSums(merged.Sum))
	return len(graph.Lacking) == 0 && len(graph.Without(needed, modstore.Zip)) == 0
}

// dead says that no proxy answers, and why.
func dead(proxies []Proxy) string {
	if len(proxies) == 0 {
		return "no module proxy answers"
	}
	var states []string
	for _, p := range proxies {
		states = append(states, envset.MaskURLs(p.URL)+" ("+p.State+")")
	}
	return "no module proxy answers: " + strings.Join(states, ", ")
}

// stop returns the error that stops the command.
func stop(t *shim.Target, proxies []Proxy, g *snapshot.Good) *diag.Error {
	e := &diag.Error{Pos: t.Policy.Fallback.Pos, Msg: dead(proxies), Hint: "no snapshot was verified here yet; goshim snapshot verify does it"}
	if g != nil {
		e.Hint = "the last good snapshot is " + g.File + ", verified at " + g.Time.Format("2006-01-02 15:04 MST") + "; goshim snapshot restore goes back to it"
	}
	return e
}

// good returns the last snapshot of the target's environment that was verified,
// or nil.
func good(t *shim.Target) *snapshot.Good {
	return snapshot.LastGood(t.Vars.Get, t.Use.Root, t.Policy.Choice.Env)
}
