package cli

import (
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
)

// proxyChain returns the chain of proxies that go commands have here: that of
// the environment that is in force, below it the user's own. Then it returns how
// their hosts are reached.
func (a *App) proxyChain() (*modroute.Chain, *upstream.Client, error) {
	s, err := a.supplyOf("")
	if err != nil {
		return nil, nil, err
	}
	goauth, _ := s.env.Effective("GOAUTH")
	return s.chain, upstream.New(upstream.Config{GOAUTH: goauth, Getenv: a.getenv}), nil
}
