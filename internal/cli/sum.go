package cli

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/internal/modcache"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/relay"
	"github.com/goshim/goshim/internal/sumcase"
	"github.com/goshim/goshim/internal/sumclient"
	"github.com/goshim/goshim/internal/upstream"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/internal/warm"
	"github.com/goshim/goshim/shim"
)

// newSumCmd returns the command sum, which does nothing by itself.
func newSumCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sum",
		Short: "Check go.sum, and find out why something is not what it says",
		Long: `Sum checks go.sum, says what its lines mean, finds out who has changed what if
something has another hash, and compares the lines with the checksum database.
None of its commands changes go.sum.`,
		Example: `  goshim sum lint
  goshim sum explain golang.org/x/mod
  goshim sum diagnose golang.org/x/mod@v0.42.0
  goshim sum audit`,
		Args: subcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSumLintCmd(a), newSumExplainCmd(a), newSumDiagnoseCmd(a), newSumAuditCmd(a))
	return cmd
}

// A sumCall is what the commands about sums work on.
type sumCall struct {
	target *shim.Target
	in     *modinput.Inputs
	cache  *modcache.Cache
	chain  *modroute.Chain
	client *upstream.Client
}

// openSum opens the environment with the given name. Close it.
func (a *App) openSum(env string) (*sumCall, error) {
	target, err := a.workspace(env)
	if err != nil {
		return nil, err
	}
	in, err := modinput.Read(target)
	if err != nil {
		return nil, err
	}
	cache, err := warm.OpenCache(target.Vars)
	if err != nil {
		return nil, err
	}
	proxies, err := relay.ConfigOf(target)
	if err != nil {
		return nil, err
	}
	access := proxies.Upstream()
	access.Getenv = target.Vars.Get
	return &sumCall{target, in, cache, proxies.Chain, upstream.New(access)}, nil
}

func (c *sumCall) Close() { c.client.Close() }

// inquiry returns an inquiry that asks nobody.
func (a *App) inquiry(c *sumCall) *sumcase.Inquiry {
	return &sumcase.Inquiry{Inputs: c.in, Cache: c.cache, Name: a.shown, Chain: c.chain}
}

// sumdb returns a client of the checksum database. With cachedOnly it asks nobody.
func (c *sumCall) sumdb(ctx context.Context, cachedOnly bool) (*sumclient.Client, error) {
	gopath, _ := c.target.Vars.Effective("GOPATH")
	list := filepath.SplitList(gopath)
	if len(list) == 0 {
		list = []string{filepath.Join(userdir.Home(c.target.Vars.Get), "go")}
	}
	return sumclient.New(ctx, sumclient.Config{
		Chain: c.chain, Fetcher: c.client, ModCache: shim.ModuleCache(c.target.Vars),
		Trees: filepath.Join(list[0], "pkg", "sumdb"), CachedOnly: cachedOnly || c.isCutOff(),
	})
}

// isCutOff reports whether the environment lets nobody be asked.
func (c *sumCall) isCutOff() bool {
	return c.target.Policy.DeniesNetwork() || len(c.chain.Proxies) > 0 && c.chain.Proxies[0].URL == modroute.Off
}

// guard refuses, in a protected environment, to ask anybody about modules if one
// whose name looks private would be told to strangers, and says so elsewhere.
func (a *App) guard(c *sumCall, modules []module.Version) error {
	var names []leak.Name
	for _, m := range modules {
		names = append(names, leak.Name{Path: m.Path})
	}
	found := leak.Guard(c.chain, names)
	if len(found) == 0 {
		return nil
	}
	if c.target.Policy.IsProtected() {
		return found[0].Fault
	}
	a.note("%s", found[0].Fault.Error())
	return nil
}

// sumVersions returns the versions that an argument MODULE[@VERSION] means.
func sumVersions(q *sumcase.Inquiry, arg string) ([]module.Version, error) {
	path, version, ok := strings.Cut(arg, "@")
	version = strings.TrimSuffix(version, "/go.mod")
	if err := module.CheckPath(path); err != nil {
		return nil, &diag.Error{Msg: err.Error(), Hint: "write MODULE or MODULE@VERSION"}
	}
	if ok {
		if err := module.Check(path, version); err != nil {
			return nil, &diag.Error{Msg: err.Error(), Hint: "write MODULE@VERSION, with a version such as v1.2.3"}
		}
		return []module.Version{{Path: path, Version: version}}, nil
	}
	all := q.Versions(path)
	if len(all) == 0 {
		return nil, &diag.Error{Msg: "neither go.sum nor the build list has " + path, Hint: "write MODULE@VERSION"}
	}
	return all, nil
}
