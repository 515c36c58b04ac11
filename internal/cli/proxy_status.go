package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/health"
)

// proxyStatusFlags are the flags of proxy status.
type proxyStatusFlags struct{ live, history, asJSON bool }

func newProxyStatusCmd(a *App) *cobra.Command {
	var flags proxyStatusFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say what is known of the proxies, and ask nobody",
		Long: `Status prints what the last checks found of the proxies that go commands have
here, how long ago, and until when it is taken for true. It asks no proxy. What
is known is dropped when the proxies or the network change.

With --live, it asks them, too, and prints where what was known and what is so
differ; the status is 1 if they do. With --history, it prints the changes that
checks have found.`,
		Example: "  goshim proxy status\n  goshim proxy status --live\n  goshim proxy status --history --json",
		Args:    atMost(0),
		RunE:    func(*cobra.Command, []string) error { return a.proxyStatus(flags, time.Now()) },
	}
	cmd.Flags().BoolVar(&flags.live, "live", false, "ask the proxies, and compare")
	cmd.Flags().BoolVar(&flags.history, "history", false, "print the changes that checks have found")
	cmd.MarkFlagsMutuallyExclusive("live", "history")
	addJSONFlag(cmd, &flags.asJSON)
	return cmd
}

// A knownProxy is what is known of a proxy, as JSON.
type knownProxy struct {
	Proxy   string         `json:"proxy"`
	Expired bool           `json:"expired"`
	Known   *health.Report `json:"known"`            // or null
	Live    *health.Report `json:"live,omitempty"`   // with --live
	Differ  bool           `json:"differ,omitempty"` // with --live: if something was known, and it is not so
}

func (a *App) proxyStatus(flags proxyStatusFlags, now time.Time) error {
	cfg, access, err := a.proxyChain()
	if err != nil {
		return err
	}
	proxies, _ := proxyURLs(cfg.Chain, nil)
	checker, err := a.checker(cfg, access, nil, proxies)
	if err != nil {
		return err
	}
	if flags.history {
		return a.printHistory(checker.Store.History(), flags.asJSON)
	}
	known := knownProxies(proxies, checker.Store.Load(), now)
	differ := false
	if flags.live {
		for i, r := range checker.Check(context.Background(), proxies) {
			known[i].compare(&r)
			differ = differ || known[i].Differ
		}
	}
	switch {
	case flags.asJSON:
		err = a.printJSON(known)
	case len(proxies) == 0:
		a.printf("no proxy: GOPROXY has none\n")
	default:
		writeTable(a.Stdout, "", statusRows(known, now, flags.live))
	}
	if err == nil && differ {
		err = &foundError{}
	}
	return err
}

// knownProxies pairs the proxies with what is known of them.
func knownProxies(proxies []string, reports []health.Report, now time.Time) []knownProxy {
	known := []knownProxy{}
	for _, proxy := range proxies {
		k := knownProxy{Proxy: health.Name(proxy)}
		if i := slices.IndexFunc(reports, func(r health.Report) bool { return r.Proxy == k.Proxy }); i >= 0 {
			k.Known, k.Expired = &reports[i], !now.Before(reports[i].Expires)
		}
		known = append(known, k)
	}
	return known
}

// compare notes how the proxy is now.
func (k *knownProxy) compare(live *health.Report) {
	k.Live = live
	k.Differ = k.Known != nil && k.Known.State != live.State
}

// statusRows returns the table of what is known at a time.
func statusRows(known []knownProxy, now time.Time, live bool) [][]string {
	head := []string{"PROXY", "STATE", "CHECKED", "EXPIRES", "NOTE"}
	if live {
		head = slices.Insert(head, 4, "LIVE")
	}
	rows := [][]string{head}
	for _, k := range known {
		row := []string{k.Proxy, "-", "never", "-", noteOf(k.Known)}
		if r := k.Known; r != nil {
			row[1], row[2], row[3] = string(r.State), ago(now.Sub(r.Checked)), "in "+rounded(r.Expires.Sub(now))
		}
		if k.Expired {
			row[3] = "expired"
		}
		if k.Live != nil {
			row = append(row[:4], string(k.Live.State), k.note())
		}
		rows = append(rows, row)
	}
	return rows
}

// note says how what is known compares with what is so.
func (k *knownProxy) note() string {
	now := noteOf(k.Live)
	switch {
	case k.Known == nil:
		return now
	case !k.Differ:
		return "as known"
	case now == "-":
		return "differs"
	}
	return "differs: " + now
}

// noteOf returns the fault of a proxy with its layer, or "-".
func noteOf(r *health.Report) string {
	if r == nil || r.Fault == "" {
		return "-"
	}
	note := string(r.Layer) + ": " + r.Fault
	if r.RetryAfter > 0 {
		note += ", retry after " + (time.Duration(r.RetryAfter) * time.Second).String()
	}
	return note
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// ago says how long ago something was.
func ago(d time.Duration) string {
	if d < time.Second {
		return "now"
	}
	return rounded(d) + " ago"
}

// rounded returns d in seconds, or in minutes if it is longer than an hour.
func rounded(d time.Duration) string {
	if d >= time.Hour {
		return d.Truncate(time.Minute).String()
	}
	return d.Truncate(time.Second).String()
}

func (a *App) printHistory(flips []health.Flip, asJSON bool) error {
	if asJSON {
		if flips == nil {
			flips = []health.Flip{}
		}
		return a.printJSON(flips)
	}
	rows := [][]string{{"TIME", "PROXY", "FROM", "TO", "NOTE"}}
	for _, f := range flips {
		rows = append(rows, []string{f.Time.UTC().Format(time.RFC3339), f.Proxy, orDash(string(f.From)), string(f.To), orDash(f.Fault)})
	}
	writeTable(a.Stdout, "", rows)
	return nil
}
