package health

import (
	"context"
	"slices"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/upstream"
	"github.com/goshim/goshim/internal/userdir"
)

// A Checker asks proxies and keeps what they say.
type Checker struct {
	Prober Prober
	Store  *Store
}

// New returns what asks the proxies of a chain, for a user and for the module
// whose go.mod file is at gomod, or "". The client has the certificates and the
// credentials; its requests, retries and breakers are not used.
func New(chain *modroute.Chain, client *upstream.Client, gomod string, getenv userdir.Getenv) *Checker {
	return &Checker{
		Prober: Prober{Chain: chain, Modules: Candidates(gomod), TLS: client.TLS, Authorize: client.Authorize},
		Store:  OpenStore(chain, getenv),
	}
}

// Check asks the proxies with the given URLs now and keeps the reports of those
// that belong to the chain. That they cannot be kept is no error.
func (c *Checker) Check(ctx context.Context, proxies []string) []Report {
	reports := c.Prober.Check(ctx, proxies)
	if ctx.Err() == nil {
		c.keep(reports)
	}
	return reports
}

func (c *Checker) keep(reports []Report) {
	all := c.Prober.Chain.All()
	c.Store.Save(slices.DeleteFunc(slices.Clone(reports), func(r Report) bool {
		return !slices.ContainsFunc(all, func(s modroute.Source) bool { return Name(s.URL) == r.Proxy })
	}))
}

// A Verdict answers whether there is a proxy that serves.
type Verdict struct {
	Dead    bool     // there are proxies, and none of them serves
	Proxies []Report // what is known, in the order of the list
	Text    string   // if Dead: "no proxy answers: https://a.example.com (refused), …"
}

// Down answers whether all proxies of a list are dead: of those of the chain
// (Chain.Proxies), or of a module's decision. If a report that has not expired
// says that one serves, nobody is asked. Otherwise those are asked now that said
// at once that they do not, so that a proxy that came back is used at once; one
// that took half of the time limit to fail is asked again when its report has
// expired, so that not every command waits for it. The first that serves ends
// the waiting, which takes the Prober's Timeout at most. The result of asking is
// kept.
//
// Its error is that of ctx. What asks nobody, such as a list without proxies, is
// not dead.
func (c *Checker) Down(ctx context.Context, sources []modroute.Source) (Verdict, error) {
	var proxies []string
	for _, s := range sources {
		if s.IsProxy() {
			proxies = append(proxies, s.URL)
		}
	}
	now := c.Prober.now()
	kept := c.Store.Load()
	kept = slices.DeleteFunc(kept, func(r Report) bool {
		return !now.Before(r.Expires) || !slices.ContainsFunc(proxies, func(p string) bool { return Name(p) == r.Proxy })
	})
	if slices.ContainsFunc(kept, func(r Report) bool { return r.State.Serves() }) {
		return Verdict{Proxies: kept}, nil
	}
	known := make(map[string]Report)
	for _, r := range kept {
		if r.Latency.Total >= millis(c.Prober.timeout()/2) {
			known[r.Proxy] = r
		}
	}
	asked, err := c.first(ctx, slices.DeleteFunc(slices.Clone(proxies), func(p string) bool {
		_, isKnown := known[Name(p)]
		return isKnown
	}))
	if err != nil {
		return Verdict{}, err
	}
	c.keep(asked)
	for _, r := range asked {
		known[r.Proxy] = r
	}
	var v Verdict
	for _, p := range proxies {
		if r, ok := known[Name(p)]; ok {
			v.Proxies = append(v.Proxies, r)
		}
	}
	v.Text = DoesNotServe(v.Proxies)
	v.Dead = v.Text != ""
	return v, nil
}

// first asks proxies until one serves, and returns the reports of those that
// have answered by then.
func (c *Checker) first(ctx context.Context, proxies []string) ([]Report, error) {
	ask := c.Prober
	ask.Quick = true
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	var reports []Report
	ask.each(within, proxies, func(_ int, r Report) {
		if within.Err() == nil || ctx.Err() == nil && r.State.Serves() {
			reports = append(reports, r)
		}
		if r.State.Serves() {
			cancel() // and those that have not answered are not judged
		}
	})
	return reports, ctx.Err()
}
