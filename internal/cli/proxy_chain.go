package cli

import (
	"github.com/goshim/goshim/internal/relay"
	"github.com/goshim/goshim/internal/upstream"
)

// proxyChain returns the chain of proxies that go commands have here: that of
// the environment that is in force, below it the user's own, and how they are
// asked. Then it returns how their hosts are reached.
func (a *App) proxyChain() (*relay.Config, *upstream.Client, error) {
	s, err := a.supplyOf("")
	if err != nil {
		return nil, nil, err
	}
	cfg := &relay.Config{Chain: s.chain}
	cfg.GOAUTH, _ = s.env.Effective("GOAUTH")
	if s.policy != nil {
		cfg.SetPolicy(s.policy, s.env.Get)
	}
	access := cfg.Upstream()
	access.Getenv = a.getenv
	return cfg, upstream.New(access), nil
}
