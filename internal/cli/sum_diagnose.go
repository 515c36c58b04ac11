package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/sumaudit"
	"github.com/goshim/goshim/internal/sumcase"
	"github.com/goshim/goshim/internal/sumclient"
)

func newSumDiagnoseCmd(a *App) *cobra.Command {
	var env string
	var offline, asJSON bool
	cmd := &cobra.Command{
		Use:   "diagnose [flags] [MODULE[@VERSION]…]",
		Short: "Find out why something is not what go.sum says",
		Long: `Diagnose compares go.sum with the module cache, with what each proxy has, with the
checksum database and with git, and says who has another hash: a module cache that
was changed, a proxy that alters what it hands on, a version that was published
twice, or a go.sum that was edited, by which commit and in which line.

Without a module, it looks at all that the module cache or the checksum database
contradicts. What a proxy has is read and not kept. With --offline nobody is asked,
as where the environment has no network. The exit status is 1 unless all agree.`,
		Example: `  goshim sum diagnose
  goshim sum diagnose golang.org/x/mod@v0.42.0
  goshim sum diagnose --offline golang.org/x/mod`,
		RunE: func(_ *cobra.Command, args []string) error {
			ctx, stop := interruptible()
			defer stop()
			err := a.sumDiagnose(ctx, env, args, offline, asJSON)
			if ctx.Err() != nil {
				return &diag.Error{Msg: "interrupted; nothing is changed"}
			}
			return err
		},
	}
	a.addEnvFlag(cmd, &env)
	cmd.Flags().BoolVar(&offline, "offline", false, "ask nobody")
	addJSONFlag(cmd, &asJSON)
	return cmd
}

// A diagnosis is a case with its end, as JSON.
type diagnosis struct {
	*sumcase.Evidence
	sumcase.Judgement
}

func (a *App) sumDiagnose(ctx context.Context, env string, args []string, offline, asJSON bool) error {
	c, err := a.openSum(env)
	if err != nil {
		return err
	}
	defer c.Close()
	q := a.inquiry(c)
	offline = offline || c.isCutOff()
	if !offline {
		q.Fetcher = c.client
	}
	if c.chain.Sumdb != "off" {
		if q.Sumdb, err = c.sumdb(ctx, offline); err != nil {
			return err
		}
	}
	cases, err := a.sumCases(ctx, c, q, args, offline)
	if err != nil {
		return err
	}
	all := []diagnosis{}
	var end error
	for _, m := range cases {
		e, err := q.Gather(ctx, m)
		if err != nil {
			return err
		}
		d := diagnosis{e, sumcase.Judge(e)}
		all = append(all, d)
		if d.Verdict != sumcase.Agrees {
			end = &foundError{}
		}
	}
	if asJSON {
		if err := a.printJSON(all); err != nil {
			return err
		}
		return end
	}
	for _, d := range all {
		a.printDiagnosis(d)
	}
	if len(all) == 0 {
		asked := "the module cache and the checksum database have"
		if q.Sumdb == nil || offline {
			asked = "the module cache has"
		}
		a.printf("%s nothing that go.sum contradicts\n", asked)
	}
	return end
}

// sumCases returns what is to be diagnosed: both lines of each version that is
// named or, if none is, what the module cache or the database contradicts.
func (a *App) sumCases(ctx context.Context, c *sumCall, q *sumcase.Inquiry, args []string, offline bool) ([]module.Version, error) {
	var cases []module.Version
	for _, arg := range args {
		versions, err := sumVersions(q, arg)
		if err != nil {
			return nil, err
		}
		for _, m := range versions {
			cases = append(cases, bothLines(q, m)...)
		}
	}
	asked := c.in.Sums.Versions()
	if len(args) > 0 {
		asked = cases
	}
	if !offline {
		if err := a.guard(c, asked); err != nil {
			return nil, err
		}
	}
	if len(args) > 0 {
		return cases, nil
	}
	return a.contradicted(ctx, c, q.Sumdb, offline)
}

// bothLines returns the lines of a version that there are, or that of its zip.
func bothLines(q *sumcase.Inquiry, m module.Version) (lines []module.Version) {
	for _, line := range []module.Version{m, {Path: m.Path, Version: m.Version + "/go.mod"}} {
		if len(q.Lines(line)) > 0 {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return []module.Version{m}
	}
	return lines
}

// contradicted returns the lines that the module cache or the database
// contradicts.
func (a *App) contradicted(ctx context.Context, c *sumCall, db *sumclient.Client, offline bool) ([]module.Version, error) {
	line := newStatusLine(a.Stderr)
	defer line.clear()
	show := func(done, of int) { line.show(fmt.Sprintf("%d of %d", done, of)) }
	r, err := cacheverify.Verify(ctx, c.target, cacheverify.Options{OnProgress: show})
	if err != nil {
		return nil, err
	}
	var cases []module.Version
	for _, b := range r.Bad {
		if slices.Contains(b.Parts, cacheverify.Mod) {
			cases = append(cases, module.Version{Path: b.Module.Path, Version: b.Module.Version + "/go.mod"})
		}
		if slices.ContainsFunc(b.Parts, func(p cacheverify.Part) bool { return p != cacheverify.Mod && p != cacheverify.Info }) {
			cases = append(cases, b.Module)
		}
	}
	if db != nil && !offline {
		audit := &sumaudit.Audit{Chain: c.chain, Lookup: db.Lookup, Name: db.Name, OnProgress: show}
		report, err := audit.Run(ctx, c.in.Root(), c.in.SumFiles)
		if err != nil {
			return nil, err
		}
		cases = append(cases, audit.Differ...)
		for _, f := range report.Findings {
			if f.Rule == sumaudit.RuleNotAudited {
				a.note("%s", f.Message)
			}
		}
	}
	module.Sort(cases)
	return slices.Compact(cases), nil
}

func (a *App) printDiagnosis(d diagnosis) {
	a.printf("%s: %s\n", diag.Printable(d.Name), strings.ReplaceAll(string(d.Verdict), "-", " "))
	var rows [][]string
	for _, l := range d.Lines {
		rows = append(rows, []string{l.File + ":" + strconv.Itoa(l.Line), l.Hash})
	}
	for _, w := range d.Cache {
		rows = append(rows, []string{"module cache, " + w.Who, w.State(d.Lines)})
	}
	for _, w := range d.Proxies {
		rows = append(rows, []string{w.Who, w.State(d.Lines)})
	}
	if d.Sumdb != nil {
		rows = append(rows, []string{d.Sumdb.Who, d.Sumdb.State(d.Lines)})
	}
	if d.History != nil {
		rows = append(rows, []string{"git", d.History.By()})
	}
	writeTable(a.Stdout, "  ", rows)
	a.printf("  %s\n", diag.Printable(d.Why))
	if d.Hint != "" {
		a.printf("\thint: %s\n", diag.Printable(d.Hint))
	}
}
