package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/alert"
	"github.com/goshim/goshim/internal/buildwarm"
	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/relay"
	"github.com/goshim/goshim/internal/supply"
	"github.com/goshim/goshim/internal/upstream"
	"github.com/goshim/goshim/internal/warm"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

// warmFlags are the flags of warm.
type warmFlags struct {
	env, match, check  string
	all, build, asJSON bool
	jobs               int
}

func newWarmCmd(a *App) *cobra.Command {
	var flags warmFlags
	cmd := &cobra.Command{
		Use:   "warm [flags] [MODULE[@VERSION]…]",
		Short: "Fill the module cache before it is needed",
		Long: `Warm downloads the modules that builds, tests and vet need and that are not in
the module cache, many at once. Each is checked against go.sum while it is
unpacked. With --all, it downloads all that go.sum has, so that go mod tidy, go
list -m all, go mod graph and go mod verify need no network either. What has no
sum in go.sum, and what comes from its origin, is left to the go command.

Before that it fetches the toolchain that the environment names. With --build,
it then compiles the standard library and the dependencies for go build, go vet
and go test, with the environment's flags, without a network.

It writes the caches as the go command does, which may run beside it, and
nothing else. One that is stopped is taken up by the next. What was there before is
verified as by goshim verify modcache. The exit status is 1 if something is still
missing, or is not as go.sum says.`,
		Example: `  goshim warm
  goshim warm --all --env prod
  goshim warm --build
  goshim warm --match 'corp.example.com/*'
  go list -m -json all > deps.json && goshim warm --check deps.json`,
		RunE: func(_ *cobra.Command, args []string) error { return a.warm(flags, args) },
	}
	a.addEnvFlag(cmd, &flags.env)
	cmd.Flags().BoolVar(&flags.all, "all", false, "all that go.sum has, not only what builds need")
	cmd.Flags().BoolVar(&flags.build, "build", false, "then fill the build cache for build, vet and test, at low priority")
	cmd.Flags().StringVar(&flags.match, "match", "", "only modules whose paths match these patterns, as in GOPRIVATE")
	cmd.Flags().IntVar(&flags.jobs, "jobs", warm.DefaultJobs, "requests at once, at most")
	cmd.Flags().StringVar(&flags.check, "check", "", "only say which modules of this file, from go list -m -json, have no zip in the cache")
	cmd.MarkFlagsMutuallyExclusive("check", "all")
	cmd.MarkFlagsMutuallyExclusive("check", "match")
	cmd.MarkFlagsMutuallyExclusive("check", "build")
	addJSONFlag(cmd, &flags.asJSON)
	return cmd
}

func (a *App) warm(flags warmFlags, args []string) error {
	if flags.jobs < 1 {
		return &diag.Error{Msg: "--jobs must be at least 1", Hint: "leave it out: the number follows the network"}
	}
	for pattern := range strings.SplitSeq(flags.match, ",") {
		if msg, hint := policy.PatternFault(pattern); msg != "" && pattern != "" {
			return &diag.Error{Msg: "--match: " + msg, Hint: hint}
		}
	}
	ctx, stop := interruptible()
	defer stop()
	fetched, err := a.warmToolchain(ctx, flags)
	if err != nil {
		return warmEnd(err)
	}
	target, err := a.workspace(flags.env)
	if err != nil {
		return err
	}
	if flags.check != "" {
		return a.warmCheck(target, flags)
	}
	s := warmSummary{Toolchain: fetched}
	missing := a.warmModules(ctx, target, flags, args, &s)
	if missing == nil {
		missing = a.warmDamaged(ctx, target, &s)
	}
	if missing != nil && !isFound(missing) {
		return missing
	}
	if flags.build && missing == nil {
		if missing = a.warmBuild(ctx, flags, &s); missing != nil && !isFound(missing) {
			return missing
		}
	}
	if flags.asJSON {
		if err := a.printJSON(&s); err != nil {
			return err
		}
	} else {
		a.printf("%s", s.text())
	}
	return missing
}

// isFound reports whether something is missing, as has been said, and nothing
// else is wrong.
func isFound(err error) bool {
	var found *foundError
	return errors.As(err, &found)
}

// warmEnd returns the error for a warm that ended early.
func warmEnd(err error) error {
	if errors.Is(err, context.Canceled) {
		return &diag.Error{Msg: "interrupted; what is done stays, and the next goshim warm goes on from there"}
	}
	return err
}

// warmToolchain fetches the toolchain that the environment names, and returns
// its name if it was not there.
func (a *App) warmToolchain(ctx context.Context, flags warmFlags) (fetched string, err error) {
	if flags.check != "" {
		return "", nil
	}
	inv := a.invocation()
	inv.Companion = a.companion()
	state, err := buildwarm.Toolchain(ctx, inv, buildwarm.Options{Env: flags.env})
	if err != nil || !state.Fetched {
		return "", err
	}
	return state.Name, nil
}

// warmModules fills the module cache, and says what is still missing.
func (a *App) warmModules(ctx context.Context, target *shim.Target, flags warmFlags, args []string, s *warmSummary) error {
	proxies, err := relay.ConfigOf(target)
	if err != nil {
		return err
	}
	access := proxies.Upstream()
	access.Getenv = target.Vars.Get
	client := upstream.New(access)
	defer client.Close()
	watch := supply.Watch(target)
	if err := a.warmGuard(target, watch, proxies.Chain, args); err != nil {
		return err
	}
	opts, done := a.showWarming(warm.Options{
		All: flags.all, Match: flags.match, Only: args, Jobs: flags.jobs, Chain: proxies.Chain, Fetcher: client,
	})
	sum, err := warm.Modules(ctx, target, opts)
	done()
	var incomplete *warm.IncompleteError
	var byGo *gorun.GoError
	switch {
	case err == nil:
		if flags.match == "" && len(args) == 0 {
			watch.Complete()
		}
	case errors.As(err, &incomplete):
		for _, f := range incomplete.Failures {
			a.note("%s", f.Error())
		}
		if incomplete.NotTried > 0 {
			a.note("%s not tried, because too many have failed", count(incomplete.NotTried, "more file"))
		}
		a.hintPrivate(proxies.Chain, incomplete)
	case errors.As(err, &byGo):
		a.showLines(byGo.Stderr)
		if hint := gorun.OriginHint(byGo.Stderr); hint != "" {
			a.note("hint: %s", hint)
		}
	default:
		return warmEnd(err)
	}
	for _, m := range sum.Broken {
		a.note("%s: its .info file could not be read, and is fetched again", m)
	}
	s.add(sum, incomplete)
	if err != nil {
		return &foundError{}
	}
	return nil
}

// warmDamaged names what was in the module cache before and is of no use for go
// commands, such as a directory that lacks a file. What was fetched now has been
// verified on the way, and is not read again.
func (a *App) warmDamaged(ctx context.Context, target *shim.Target, s *warmSummary) error {
	if len(s.wanted) == 0 {
		return nil
	}
	line := newStatusLine(a.Stderr)
	r, err := cacheverify.Verify(ctx, target, cacheverify.Options{
		Only: s.wanted, Skip: s.fetched, OnNote: a.warn,
		OnProgress: func(done, of int) { line.show(fmt.Sprintf("verifying: %d of %s", done, count(of, "module"))) },
	})
	line.clear()
	if err != nil {
		return warmEnd(err)
	}
	for _, f := range r.Report.Findings {
		if f.Severity > finding.Low {
			s.Damaged = append(s.Damaged, f)
			a.note("%s", f.String())
		}
	}
	if len(s.Damaged) == 0 {
		return nil
	}
	a.warn("hint: " + cacheverify.Hint)
	return &foundError{}
}

// hintPrivate says what to do about modules that look private and that a proxy
// refuses to give: no pattern may say that they come from elsewhere.
func (a *App) hintPrivate(chain *modroute.Chain, e *warm.IncompleteError) {
	var said []string
	for _, f := range e.Failures {
		var status *upstream.StatusError
		isRefused := errors.As(f.Err, &status) && (status.Status == http.StatusForbidden || status.Status == http.StatusUnauthorized)
		host, _, _ := strings.Cut(f.Path, "/")
		if !isRefused || chain.Of(f.Path).Private || !leak.IsPrivate(chain, f.Path) || slices.Contains(said, host) {
			continue
		}
		said = append(said, host)
		a.note("hint: if %s is private, add %q to private, so that this proxy is not asked", f.Path, host)
	}
}

// warmGuard refuses, in a protected environment, to fetch anything if a name that
// looks private would be told to strangers, and says so elsewhere.
func (a *App) warmGuard(target *shim.Target, watch supply.Watched, chain *modroute.Chain, args []string) error {
	found, err := watch.Leaks(target, chain, args, false)
	if err != nil || len(found) == 0 {
		return err
	}
	if target.Policy.IsProtected() {
		return found[0].Fault
	}
	a.note("%s", found[0].Fault.Error())
	return nil
}

// warmBuild fills the build cache, and says what could not be done.
func (a *App) warmBuild(ctx context.Context, flags warmFlags, s *warmSummary) error {
	inv := a.invocation()
	inv.Companion = a.companion()
	line := newStatusLine(a.Stderr)
	sum, err := buildwarm.Run(ctx, inv, buildwarm.Options{
		Env: flags.env, Tool: []string{a.Self, "toolexec"}, Low: true,
		Progress: func(p buildwarm.Progress) {
			line.show(fmt.Sprintf("for %s: %d of %s", strings.Join(p.Commands, " and "), p.Done, count(p.Of, "package")))
		},
	})
	line.clear()
	if err != nil {
		return warmEnd(err)
	}
	s.Build = sum
	if slices.ContainsFunc(sum.Fills, func(f buildwarm.Filled) bool { return f.Error != "" }) {
		return &foundError{}
	}
	return nil
}

// showWarming shows how the fetching of modules goes, if a person looks on, and
// what it waits for. Done ends it.
func (a *App) showWarming(opts warm.Options) (_ warm.Options, done func()) {
	line := newStatusLine(a.Stderr)
	note := func(format string, args ...any) {
		line.clear()
		a.note(format, args...)
	}
	opts.OnProgress = func(p warm.Progress) { line.show(progressText(p)) }
	opts.OnStall = func(s warm.Stall) {
		if s.Locked {
			note("%s: a go command has had its lock for %v", s.Module, s.Age)
			return
		}
		note("%s: nothing of its %s for %v; from %s", s.Module, s.What, s.Age, orderText(s.URLs))
	}
	opts.OnThrottle = func(proxy string) {
		note("%s answers 429 (too many requests); it is asked as fast as it allows", proxy)
	}
	opts.OnWait = func() { note("another goshim warm fills the module cache; waiting for it") }
	opts.OnGo = func(all []module.Version) {
		note("the go command fetches %s: %s", count(len(all), "module"), someModules(all))
	}
	opts.OnAlert = func(al alert.Alert) { note("%s", al) }
	return opts, line.clear
}

// warmCheck says which modules of a list are missing.
func (a *App) warmCheck(target *shim.Target, flags warmFlags) error {
	path := a.abs(flags.check)
	var list io.Reader = a.Stdin
	if flags.check != "-" {
		f, err := os.Open(path)
		if err != nil {
			return &diag.Error{Msg: err.Error()}
		}
		defer f.Close()
		list = f
	}
	missing, of, err := warm.Check(target, list)
	if err != nil {
		return err
	}
	if flags.asJSON {
		result := struct {
			Modules int      `json:"modules"`
			Missing []string `json:"missing"`
		}{of, []string{}}
		for _, m := range missing {
			result.Missing = append(result.Missing, m.String())
		}
		if err := a.printJSON(result); err != nil {
			return err
		}
	} else {
		for _, m := range missing {
			a.printf("%s\n", diag.Printable(m.String()))
		}
		a.printf("%d of %s missing\n", len(missing), count(of, "module"))
	}
	if len(missing) > 0 {
		return &foundError{}
	}
	return nil
}
