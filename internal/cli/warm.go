package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/relay"
	"github.com/goshim/goshim/internal/upstream"
	"github.com/goshim/goshim/internal/warm"
	"github.com/goshim/goshim/shim"
)

// warmFlags are the flags of warm.
type warmFlags struct {
	env, match, check string
	all, asJSON       bool
	jobs              int
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

It writes the module cache as the go command does, which may run beside it, and
nothing else. One that is stopped is taken up by the next. The exit status is 1
if something is still missing.`,
		Example: `  goshim warm
  goshim warm --all --env prod
  goshim warm --match 'corp.example.com/*'
  go list -m -json all > deps.json && goshim warm --check deps.json`,
		RunE: func(_ *cobra.Command, args []string) error { return a.warm(flags, args) },
	}
	a.addEnvFlag(cmd, &flags.env)
	cmd.Flags().BoolVar(&flags.all, "all", false, "all that go.sum has, not only what builds need")
	cmd.Flags().StringVar(&flags.match, "match", "", "only modules whose paths match these patterns, as in GOPRIVATE")
	cmd.Flags().IntVar(&flags.jobs, "jobs", warm.DefaultJobs, "requests at once, at most")
	cmd.Flags().StringVar(&flags.check, "check", "", "only say which modules of this file, from go list -m -json, have no zip in the cache")
	cmd.MarkFlagsMutuallyExclusive("check", "all")
	cmd.MarkFlagsMutuallyExclusive("check", "match")
	addJSONFlag(cmd, &flags.asJSON)
	return cmd
}

func (a *App) warm(flags warmFlags, args []string) error {
	if flags.jobs < 1 {
		return &diag.Error{Msg: "--jobs must be at least 1", Hint: "leave it out: the number follows the network"}
	}
	target, err := a.target(flags.env)
	if err != nil {
		return err
	}
	if flags.check != "" {
		return a.warmCheck(target, flags)
	}
	proxies, err := relay.ConfigOf(target)
	if err != nil {
		return err
	}
	access := proxies.Upstream()
	access.Getenv = target.Vars.Get
	client := upstream.New(access)
	defer client.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	line := newStatusLine(a.Stderr)
	note := func(format string, args ...any) {
		line.clear()
		a.note(format, args...)
	}
	sum, err := warm.Modules(ctx, target, warm.Options{
		All: flags.all, Match: flags.match, Only: args, Jobs: flags.jobs, Chain: proxies.Chain, Fetcher: client,
		OnProgress: func(p warm.Progress) { line.show(progressText(p)) },
		OnStall: func(s warm.Stall) {
			if s.Locked {
				note("%s: a go command has had its lock for %v", s.Module, s.Age)
				return
			}
			note("%s: nothing of its %s for %v; from %s", s.Module, s.What, s.Age, orderText(s.URLs))
		},
		OnWait: func() { note("another goshim warm fills the module cache; waiting for it") },
		OnGo: func(all []module.Version) {
			note("the go command fetches %s: %s", count(len(all), "module"), someModules(all))
		},
	})
	line.clear()
	return a.showWarm(flags, sum, err)
}

// showWarm prints what a warm did, and how it ended.
func (a *App) showWarm(flags warmFlags, sum warm.Summary, err error) error {
	var incomplete *warm.IncompleteError
	var byGo *gorun.GoError
	switch {
	case errors.Is(err, context.Canceled):
		return &diag.Error{Msg: "interrupted; what is done stays, and the next goshim warm goes on from there"}
	case errors.As(err, &incomplete):
		for _, f := range incomplete.Failures {
			a.note("%s", f.Error())
		}
		if incomplete.NotTried > 0 {
			a.note("%s not tried, because too many have failed", count(incomplete.NotTried, "more file"))
		}
	case errors.As(err, &byGo):
		a.showLines(byGo.Stderr)
	case err != nil:
		return err
	}
	if flags.asJSON {
		if err := a.printJSON(warmJSON(sum, incomplete)); err != nil {
			return err
		}
	} else {
		a.printf("%s\n", summaryText(sum))
	}
	if err != nil {
		return &foundError{}
	}
	return nil
}

// A warmSummary is what a warm did, as JSON.
type warmSummary struct {
	Downloaded int           `json:"downloaded"`
	Bytes      int64         `json:"bytes"`
	Seconds    float64       `json:"seconds"`
	Modules    []warmModule  `json:"modules"`
	ByGo       []string      `json:"byGo,omitempty"`
	Failures   []warmFailure `json:"failures,omitempty"`
	NotTried   int           `json:"notTried,omitempty"`
}

type warmModule struct {
	Module     string   `json:"module"`
	Version    string   `json:"version"`
	Files      []string `json:"files"`
	Sources    []string `json:"sources"`
	Bytes      int64    `json:"bytes"`
	VerifiedBy string   `json:"verifiedBy,omitempty"`
}

type warmFailure struct {
	Module  string `json:"module"`
	Version string `json:"version"`
	File    string `json:"file"`
	Error   string `json:"error"`
}

func warmJSON(sum warm.Summary, incomplete *warm.IncompleteError) warmSummary {
	s := warmSummary{Downloaded: sum.Downloaded, Bytes: sum.Bytes, Seconds: sum.Elapsed.Seconds(), Modules: []warmModule{}}
	for _, m := range sum.Modules {
		s.Modules = append(s.Modules, warmModule{m.Path, m.Version.Version, m.Files, m.Sources, m.Bytes, m.VerifiedBy})
	}
	for _, m := range sum.ByGo {
		s.ByGo = append(s.ByGo, m.String())
	}
	if incomplete != nil {
		s.NotTried = incomplete.NotTried
		for _, f := range incomplete.Failures {
			s.Failures = append(s.Failures, warmFailure{f.Path, f.Version, f.What, f.Err.Error()})
		}
	}
	return s
}

// warmCheck says which modules of a list are missing.
func (a *App) warmCheck(target *shim.Target, flags warmFlags) error {
	path := flags.check
	if !filepath.IsAbs(path) {
		path = filepath.Join(a.Dir, path)
	}
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

// summaryText says in a line what was done.
func summaryText(sum warm.Summary) string {
	var done []string
	if sum.Downloaded > 0 {
		done = append(done, fmt.Sprintf("downloaded %s of %s, %s, in %v", count(sum.Downloaded, "file"), count(len(sum.Modules), "module"),
			bytesText(sum.Bytes), sum.Elapsed.Round(10*time.Millisecond)))
	}
	if n := len(sum.ByGo); n > 0 {
		done = append(done, count(n, "module")+" by the go command")
	}
	if len(done) == 0 {
		return "nothing downloaded"
	}
	return strings.Join(done, "; ")
}
