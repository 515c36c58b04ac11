// Package supply sees to the modules that a go command may fetch, before it
// runs: that no private name is told to strangers, that the module cache is
// warm, that what the go command cannot ask stands behind the relay, and what
// happens if no proxy answers.
package supply

import (
	"context"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/health"
	"github.com/goshim/goshim/internal/interrupt"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/offline"
	"github.com/goshim/goshim/internal/relay"
	"github.com/goshim/goshim/internal/upstream"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/internal/warm"
	"github.com/goshim/goshim/shim"
)

// A Supplier is the companion as it supplies modules.
type Supplier struct {
	Self string // path of the companion, which runs the relay and warms in the background

	// Show shows how a warm goes that the command waits for, and returns the
	// options with what they call.
	Show func(warm.Options) (opts warm.Options, done func())
}

// Modules is the hook Supply of [gorun.Hooks]. It may refuse the command, fill the module
// cache, start the relay or a warm in the background, and write the stamp that
// spares the next command all this.
func (s *Supplier) Modules(inv shim.Invocation, plan *shim.Plan) (gorun.Supplied, error) {
	proxies, _ := shim.Environ(inv.Self, plan.Env).Effective("GOPROXY")
	if _, err := modroute.Parse(proxies); err != nil {
		return gorun.Supplied{}, nil // the go command says what is wrong with it, if it needs it
	}
	c, err := newCall(s, inv, plan)
	if err != nil {
		return gorun.Supplied{}, err
	}
	defer c.client.Close()
	ctx, stop := interrupt.Context()
	defer stop()
	err = c.run(ctx)
	if ctx.Err() != nil {
		err = &diag.Error{Msg: "interrupted before go " + plan.Command.Words + "; what was fetched stays in the module cache"}
	}
	return c.supplied, err
}

// A call is one call of Modules.
type call struct {
	*Supplier
	inv      shim.Invocation
	plan     *shim.Plan
	target   *shim.Target // nil if the command is about no module here
	cfg      relay.Config
	client   *upstream.Client
	watched  Watched
	supplied gorun.Supplied
}

func newCall(s *Supplier, inv shim.Invocation, plan *shim.Plan) (*call, error) {
	c := &call{Supplier: s, plan: plan}
	var err error
	if c.target, c.inv, err = gorun.TargetOf(inv, plan, plan.Supply.Subject); err != nil {
		return nil, err
	}
	if c.target != nil {
		c.target.Stamp = plan.Supply.Stamp
		c.cfg, err = relay.ConfigOf(c.target)
	} else {
		env := shim.Environ(inv.Self, plan.Env)
		c.cfg.Env = plan.Env
		c.cfg.SetVariables(env.Effective)
		c.cfg.SetPolicy(plan.Policy, env.Get)
		c.cfg.Chain, err = modroute.OfPolicy(plan.Policy, env)
	}
	if err != nil {
		return nil, err
	}
	access := c.cfg.Upstream()
	access.Getenv = envset.New(plan.Env).Get
	c.client = upstream.New(access)
	return c, nil
}

func (c *call) run(ctx context.Context) error {
	if c.target != nil {
		c.watched = Watch(c.target)
	}
	if err := c.guard(); err != nil {
		return err
	}
	complete := c.isComplete()
	if !complete || c.mustAsk() {
		if decided, err := c.lastResort(ctx); decided || err != nil {
			return err
		}
	}
	if !complete && c.plan.Supply.Waits {
		complete = c.prewarm(ctx)
	}
	if complete || !c.plan.Policy.Prewarms() && !c.plan.Policy.NeedsRelay() {
		c.watched.Complete()
	}
	if (!complete || c.plan.Supply.Asks) && c.plan.Policy.NeedsRelay() {
		return c.relay(ctx)
	}
	return nil
}

// mustAsk reports whether the command asks a proxy, whatever is in the module
// cache: for the versions that there are.
func (c *call) mustAsk() bool {
	cmd := c.plan.Command
	return cmd.Words == "get" || len(cmd.Queries()) > 0 || cmd.Words == "list" && (cmd.Bool("u") || cmd.Bool("versions") || cmd.Bool("retracted"))
}

// isComplete reports whether the module cache has all that builds need.
func (c *call) isComplete() bool {
	if c.target == nil {
		return false
	}
	complete, err := warm.Complete(c.target, warm.Options{Chain: c.cfg.Chain})
	return complete && err == nil
}

// lastResort decides what becomes of the command if no proxy answers, and
// reports whether there is anything to decide.
func (c *call) lastResort(ctx context.Context) (decided bool, err error) {
	if c.target == nil || !c.plan.Policy.HasLastResort() {
		return false, nil
	}
	checker := health.New(c.cfg.Chain, c.client, c.target.Use.Gomod().Path, c.target.Vars.Get)
	checker.Prober.Timeout = c.cfg.Timeout // proxy_timeout
	verdict, err := checker.Down(ctx, c.cfg.Chain.Proxies)
	if err != nil || !verdict.Dead {
		return false, err
	}
	var proxies []offline.Proxy
	for _, r := range verdict.Proxies {
		proxies = append(proxies, offline.Proxy{URL: r.Proxy, State: r.Fault})
	}
	outcome, err := offline.Decide(c.target, c.plan.Command, proxies)
	if err != nil {
		return true, err
	}
	c.complete(func(plan *shim.Plan) {
		outcome.Apply(plan)
		switch {
		case outcome.Notice == "":
		case c.plan.Supply.Waits: // what is made of other versions must say so, in a log too
			plan.Warning = outcome.Notice
		default:
			plan.Notice = outcome.Notice
		}
	})
	if outcome.Lacking || c.mustAsk() {
		c.supplied.Release = func(status int) {
			if status != 0 { // the go command names GOPROXY=off, which nobody wrote
				shim.Note(outcome.Trace)
			}
		}
	}
	return true, nil
}

// relay puts the relay between the command and the proxies.
func (c *call) relay(ctx context.Context) error {
	var sums []string
	for _, file := range c.watched.files {
		if strings.HasSuffix(file, ".sum") {
			sums = append(sums, file)
		}
	}
	session, err := relay.Open(ctx, userdir.Cache(envset.New(c.inv.Env).Get), c.Self, c.cfg, sums, c.log())
	if err != nil {
		return &diag.Error{Msg: "opening the relay: " + err.Error(), Hint: `relay = "off" does without it`}
	}
	c.supplied.Release = func(int) { session.Close() }
	source, why := c.plan.Policy.RelayReason()
	c.complete(func(plan *shim.Plan) {
		env := envset.New(plan.Env)
		for _, v := range session.Variables() {
			env.Set(v[0], v[1], source)
		}
		plan.Env = env.Environ()
		plan.Why = append(plan.Why, shim.Reason{What: why + ": through the relay", Source: source})
	})
	return nil
}

// log returns how the relay tells what it sees while the command runs.
func (c *call) log() relay.Log {
	write := func(prefix string) func(string) {
		return func(text string) { shim.Note(prefix + text) }
	}
	log := relay.Log{Alert: write("")}
	switch c.plan.LogLevel() {
	case "debug":
		log.Warn, log.Trace = write(""), write("debug: ")
	case "warn":
		log.Warn = write("")
	}
	return log
}

// complete adds a change of the plan to those that are made before it runs.
func (c *call) complete(change func(*shim.Plan)) {
	before := c.supplied.Complete
	c.supplied.Complete = func(plan *shim.Plan) {
		if before != nil {
			before(plan)
		}
		change(plan)
	}
}
