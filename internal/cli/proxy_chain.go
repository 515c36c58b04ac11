package cli

import (
	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

// proxyChain returns the chain of proxies that go commands have here: that of
// the environment that is in force, below it the user's own. Then it returns how
// their hosts are reached.
func (a *App) proxyChain() (*modroute.Chain, *upstream.Client, error) {
	pol, env, err := a.proxyEnv()
	if err != nil {
		return nil, nil, err
	}
	chain, err := modroute.OfPolicy(pol, env)
	if err != nil {
		return nil, nil, err
	}
	goauth, _ := env.Effective("GOAUTH")
	return chain, upstream.New(upstream.Config{GOAUTH: goauth, Getenv: a.getenv}), nil
}

// proxyEnv returns the policy, or nil, and the variables of go commands here.
func (a *App) proxyEnv() (*policy.Policy, *envset.Set, error) {
	pol, err := policy.Load(a.Dir, a.policyEnv())
	if pol == nil || err != nil {
		return nil, a.policyEnv(), err
	}
	inv := a.invocation()
	if gomod.Root(a.Dir) != "" {
		t, err := shim.TargetOf(inv, "")
		if err != nil {
			return nil, nil, err
		}
		return t.Policy, t.Vars, nil
	}
	inv.Args = []string{"env"}
	plan, err := shim.Resolve(inv)
	if err != nil {
		return nil, nil, err
	}
	return pol, shim.Environ(a.shim(), plan.Env), nil
}
