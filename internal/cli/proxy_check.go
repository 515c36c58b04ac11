package cli

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/health"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/relay"
	"github.com/goshim/goshim/internal/upstream"
	"github.com/goshim/goshim/shim"
)

const proxyCheckHelp = `Check asks the proxies that go commands have here, or those with the given URLs,
all at once and for at most 5 seconds, or proxy_timeout, with the certificates of
auth, and says of each of them how it is:

  up         gives all that the go command asks a proxy for
  partial    gives some of it; what is missing stands behind it
  throttled  answers 429: too many requests
  down       with the layer that fails: dns, tcp, tls, http, auth, protocol

A proxy is asked about one module: a public one that the go.mod here requires and
that comes from that proxy, otherwise golang.org/x/mod, or the one of --module. A
private name is told to no proxy that it does not come from.

With --compare, it prints what each of them has: the list of versions, a version's
info, mod and zip, an old zip, @latest, the checksum database behind it (sumdb),
private modules that come from it, and the kinds of credentials that it asks for or
takes. A dash stands for what it was not asked for.

With --watch, it asks again every 30 seconds, or the given interval, and prints
what changes, until it is interrupted. What a check finds is kept for goshim
proxy status.

The status is 0 if all are up or partial and go commands get modules, 1 if some
are not and go commands get modules all the same, 2 if they get none: GOPROXY and
the routes are followed as the go command does, which after a comma asks the next
proxy only if the answer is 404 or 410.`

// proxyCheckFlags are the flags of proxy check.
type proxyCheckFlags struct {
	asJSON  bool
	compare bool
	modules []string
	watch   time.Duration
}

func newProxyCheckCmd(a *App) *cobra.Command {
	var flags proxyCheckFlags
	cmd := &cobra.Command{
		Use:     "check [URL…]",
		Short:   "Ask the proxies how they are, layer by layer",
		Long:    proxyCheckHelp,
		Example: "  goshim proxy check\n  goshim proxy check https://goproxy.example.com --json\n  goshim proxy check --watch=1m",
		RunE:    func(_ *cobra.Command, args []string) error { return a.proxyCheck(flags, args) },
	}
	cmd.Flags().StringArrayVar(&flags.modules, "module", nil, "ask about `PATH@VERSION`; may be repeated")
	cmd.Flags().DurationVar(&flags.watch, "watch", 0, "ask again after each `interval`, and print what changes")
	cmd.Flags().Lookup("watch").NoOptDefVal = "30s"
	cmd.Flags().BoolVar(&flags.compare, "compare", false, "print what each proxy has, side by side")
	addJSONFlag(cmd, &flags.asJSON)
	cmd.MarkFlagsMutuallyExclusive("compare", "json")
	return cmd
}

func (a *App) proxyCheck(flags proxyCheckFlags, args []string) error {
	if flags.asJSON && flags.watch > 0 {
		return &diag.Error{Msg: "--watch prints changes, not JSON", Hint: "goshim proxy status --history --json has them as JSON"}
	}
	if flags.watch != 0 && flags.watch < time.Second {
		return &diag.Error{Msg: "--watch=" + flags.watch.String() + " asks too often", Hint: "--watch=1s is the shortest interval"}
	}
	cfg, access, err := a.proxyChain()
	if err != nil {
		return err
	}
	chain := cfg.Chain
	proxies, err := proxyURLs(chain, args)
	if err != nil {
		return err
	}
	checker, err := a.checker(cfg, access, flags.modules, proxies)
	if err != nil {
		return err
	}
	ctx, stop := interruptible()
	defer stop()
	reports := checker.Check(ctx, proxies)
	if ctx.Err() != nil {
		return &shownError{} // interrupted: nothing is known
	}
	lists := proxyLists(chain, args, reports)
	if flags.asJSON {
		err = a.printJSON(proxyCheck{reports, lists, modroute.Matrix})
	} else {
		a.printReports(reports, flags.compare)
		a.printLists(lists)
	}
	if flags.watch > 0 && err == nil {
		reports = checker.Watch(ctx, proxies, reports, flags.watch, a.printFlip)
		lists = proxyLists(chain, args, reports)
	}
	if err != nil {
		return err
	}
	return proxyEnd(reports, lists)
}

// A proxyCheck is the result of proxy check, as JSON.
type proxyCheck struct {
	Proxies []health.Report `json:"proxies"`
	Lists   []proxyList     `json:"lists"`
	Matrix  []modroute.Row  `json:"matrix"` // what the go command does with an answer
}

// A proxyList says what comes of asking a list of sources in its order.
type proxyList struct {
	Name   string `json:"name"`         // GOPROXY, or the pattern of a route
	Served bool   `json:"served"`       // whether go commands get modules
	At     string `json:"at,omitempty"` // from where, or where they stop
}

// checker returns what asks proxies here.
func (a *App) checker(cfg *relay.Config, access *upstream.Client, modules, proxies []string) (*health.Checker, error) {
	file := ""
	if root := gomod.Root(a.Dir); root != "" {
		file = filepath.Join(root, "go.mod")
	}
	c := health.New(cfg.Chain, access, file, a.getenv)
	c.Prober.Timeout = cfg.Timeout // proxy_timeout
	c.Prober.Hosts = a.moduleHosts()
	for _, arg := range modules {
		m, err := health.ParseModule(arg)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(proxies, func(proxy string) bool { return c.Prober.MayAsk(proxy, m) }) {
			return nil, notAsked(cfg.Chain, m)
		}
		c.Prober.Wanted = append(c.Prober.Wanted, m)
	}
	return c, nil
}

// notAsked returns the error for a module that comes from none of the proxies.
func notAsked(chain *modroute.Chain, m module.Version) error {
	d := chain.Of(m.Path)
	e := &diag.Error{Pos: d.Why.Pos, Msg: "module " + m.Path + " comes from none of these proxies, so they are not asked about it"}
	if d.Why.Pattern != "" {
		e.Hint = fmt.Sprintf("%s has the pattern %q", d.Why.Rule, d.Why.Pattern)
	}
	return e
}

// moduleHosts returns names of hosts that modules come from by themselves, and
// of the toolchain's own proxies.
func (a *App) moduleHosts() []string {
	hosts := []string{"golang.org", "github.com", "gitlab.com"}
	for _, proxy := range a.defaultProxies() {
		if u, err := url.Parse(proxy); err == nil && u.Hostname() != "" {
			hosts = append(hosts, u.Hostname())
		}
	}
	return hosts
}

// defaultProxies returns the URLs of the proxies that the toolchain's go.env names.
func (a *App) defaultProxies() []string {
	real, err := shim.FindRealGo(a.shim(), shim.Environ(a.shim(), a.Env))
	if err != nil || real.Root == "" {
		return nil
	}
	list, _ := envset.NewFile(filepath.Join(real.Root, "go.env")).Lookup("GOPROXY")
	sources, _ := modroute.Parse(list)
	var urls []string
	for _, s := range sources {
		if s.IsProxy() {
			urls = append(urls, s.URL)
		}
	}
	return urls
}

// proxyURLs returns the URLs of args or, without any, of the chain.
func proxyURLs(chain *modroute.Chain, args []string) ([]string, error) {
	var urls []string
	for _, arg := range args {
		sources, err := modroute.Parse(arg)
		if err != nil {
			return nil, &diag.Error{Msg: "proxy " + envset.Mask("GOPROXY", arg) + ": " + strings.TrimPrefix(asError(err).Msg, "GOPROXY: "), Hint: asError(err).Hint}
		}
		for _, s := range sources {
			if s.IsProxy() {
				urls = append(urls, s.URL)
			}
		}
	}
	if len(args) == 0 {
		for _, s := range chain.All() {
			urls = append(urls, s.URL)
		}
	}
	return urls, nil
}

// proxyLists walks the lists of the chain, or each of the URLs of args.
func proxyLists(chain *modroute.Chain, args []string, reports []health.Report) []proxyList {
	walk := func(name string, sources []modroute.Source) proxyList {
		at, served := health.Walk(sources, reports)
		return proxyList{name, served, health.Name(at.URL)}
	}
	if len(args) > 0 {
		lists := []proxyList{}
		for _, r := range reports {
			lists = append(lists, walk(r.Proxy, []modroute.Source{{URL: r.Proxy}}))
		}
		return lists
	}
	lists := []proxyList{walk("GOPROXY", chain.Proxies)}
	for _, r := range chain.Routes {
		lists = append(lists, walk(r.Pattern, r.Sources))
	}
	return lists
}

// proxyEnd returns the end of the command.
func proxyEnd(reports []health.Report, lists []proxyList) error {
	down := slices.ContainsFunc(reports, func(r health.Report) bool { return !r.State.Serves() })
	served := func(l proxyList) bool { return l.Served }
	stopped := func(l proxyList) bool { return !l.Served }
	switch {
	case len(reports) == 0, !down && !slices.ContainsFunc(lists, stopped):
		return nil
	case slices.ContainsFunc(lists, served):
		return &foundError{}
	}
	return &shownError{}
}

func (a *App) printReports(reports []health.Report, compare bool) {
	if len(reports) == 0 {
		a.printf("no proxy is asked: GOPROXY has none\n")
		return
	}
	rows := [][]string{{"PROXY", "STATE", "LATENCY", "SERVES", "TLS", "NOTE"}}
	if compare {
		rows = [][]string{compareHead()}
	}
	for i := range reports {
		if compare {
			rows = append(rows, compareRow(&reports[i]))
		} else {
			rows = append(rows, reportRow(&reports[i]))
		}
	}
	writeTable(a.Stdout, "", rows)
	for _, r := range reports {
		if r.Advice != "" {
			a.printf("%s: %s\n", diag.Printable(r.Proxy), diag.Printable(r.Advice))
		}
	}
}

func reportRow(r *health.Report) []string {
	row := []string{r.Proxy, string(r.State), fmt.Sprintf("%.0f ms", r.Latency.Total), "-", "-", noteOf(r)}
	if has := r.Has(); len(has) > 0 {
		row[3] = strings.Join(has, ", ")
	}
	if r.TLSDays != nil {
		row[4] = fmt.Sprintf("%d d", *r.TLSDays)
	}
	return row
}

// compared are the columns of --compare, in their order.
var compared = []string{
	health.PartList, health.PartInfo, health.PartMod, health.PartZip, health.PartOldZip, health.PartLatest, health.PartSumdb, health.PartPrivate,
}

func compareHead() []string {
	head := []string{"PROXY", "STATE", "LATENCY"}
	for _, name := range compared {
		head = append(head, strings.ToUpper(name))
	}
	return append(head, "AUTH")
}

func compareRow(r *health.Report) []string {
	row := []string{r.Proxy, string(r.State), fmt.Sprintf("%.0f ms", r.Latency.Total)}
	for _, name := range compared {
		has := "-"
		if i := slices.IndexFunc(r.Parts, func(p health.Part) bool { return p.Name == name }); i >= 0 {
			has = map[health.PartState]string{health.OK: "yes", health.Missing: "no", health.Faulty: "fails"}[r.Parts[i].State]
		}
		row = append(row, has)
	}
	return append(row, orDash(strings.Join(r.Auth, ", ")))
}

// printLists says of which lists go commands get nothing.
func (a *App) printLists(lists []proxyList) {
	for _, l := range lists {
		if !l.Served && l.At != "off" && l.At != l.Name {
			a.printf("%s: go commands get no module: they stop at %s\n", diag.Printable(l.Name), diag.Printable(l.At))
		}
	}
}

// printFlip prints a change, in a line.
func (a *App) printFlip(f health.Flip) {
	line := f.Time.Format(time.DateTime) + "  " + f.Proxy + "  "
	if f.From != "" && f.From != f.To {
		line += string(f.From) + " → "
	}
	line += string(f.To)
	if f.Fault != "" {
		line += "  " + f.Fault
	}
	a.printf("%s\n", diag.Printable(line))
}
