package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modstore"
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
contradicts, and at modules that neither has, as after a mismatch. What a proxy has is read and not kept. With --offline nobody is asked,
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
	if len(args) == 0 && len(c.in.Sums) == 0 {
		return a.noSums(c, asJSON)
	}
	s, err := a.sumCases(ctx, c, q, args, offline)
	if err != nil {
		return err
	}
	all := []diagnosis{}
	var end error
	if s.failed {
		end = &foundError{}
	}
	for _, m := range s.cases {
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
	switch {
	case len(all) > 0:
	case !s.audited:
		a.printf("the module cache has nothing that go.sum contradicts\n")
	default:
		a.printf("the module cache and the checksum database have nothing that go.sum contradicts\n")
	}
	return end
}

// noSums is the diagnosis where no go.sum has a line: it is an all-clear only if
// nothing is needed either.
func (a *App) noSums(c *sumCall, asJSON bool) error {
	needed := 0
	for _, main := range c.in.Mains {
		for _, r := range main.File.Require {
			if _, dir := c.in.Replaced(r.Mod); dir == "" {
				needed++
			}
		}
	}
	var end error
	if needed > 0 {
		end = &foundError{}
	}
	name := a.shown(c.in.SumFiles[0].Path)
	switch {
	case asJSON:
		if err := a.printJSON([]diagnosis{}); err != nil {
			return err
		}
	case needed > 0:
		a.printf("%s has no lines, so that nothing says what %s must be\n\thint: go mod tidy writes them\n", name, count(needed, "module"))
	default:
		a.printf("%s has no lines, and no module is needed\n", name)
	}
	return end
}

// A survey is what is to be diagnosed, and what of go.sum was compared to find it.
type survey struct {
	cases   []module.Version
	audited bool // with the checksum database
	failed  bool // the database should have been asked, and could not be
}

// sumCases returns what is to be diagnosed: both lines of each version that is
// named or, if none is, what the module cache or the database contradicts and what
// neither has.
func (a *App) sumCases(ctx context.Context, c *sumCall, q *sumcase.Inquiry, args []string, offline bool) (*survey, error) {
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
		return &survey{cases: cases}, nil
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
// contradicts, and those of modules that neither has.
func (a *App) contradicted(ctx context.Context, c *sumCall, db *sumclient.Client, offline bool) (*survey, error) {
	line := newStatusLine(a.Stderr)
	defer line.clear()
	show := func(done, of int) { line.show(fmt.Sprintf("%d of %d", done, of)) }
	r, err := cacheverify.Verify(ctx, c.target, cacheverify.Options{OnProgress: show})
	if err != nil {
		return nil, err
	}
	s := &survey{}
	wrong := []cacheverify.Part{cacheverify.Zip, cacheverify.ZipHash, cacheverify.Dir}
	for _, b := range r.Bad {
		if slices.Contains(b.Parts, cacheverify.Mod) && c.cache.Has(b.Module, modstore.Mod) {
			s.cases = append(s.cases, module.Version{Path: b.Module.Path, Version: b.Module.Version + "/go.mod"})
		}
		if slices.ContainsFunc(b.Parts, func(p cacheverify.Part) bool { return slices.Contains(wrong, p) }) {
			s.cases = append(s.cases, b.Module)
		}
	}
	unknown := make(map[string]bool) // to the database
	if db != nil && !offline {
		audit := &sumaudit.Audit{Chain: c.chain, Lookup: db.Lookup, Name: db.Name, OnProgress: show}
		report, err := audit.Run(ctx, c.in.Root(), c.in.SumFiles)
		if err != nil {
			return nil, err
		}
		s.audited = true
		s.cases = append(s.cases, audit.Differ...)
		for _, f := range report.Findings {
			switch f.Rule {
			case sumaudit.RuleNotThere:
				unknown[f.Module] = true
			case sumaudit.RuleNotAudited:
				s.audited, s.failed = false, true
				a.warn(db.Name + ": " + f.Message)
				a.warn("hint: " + f.Hint)
			}
		}
	}
	left := slices.DeleteFunc(uncompared(c), func(m module.Version) bool {
		return s.audited && !unknown[m.String()] && c.chain.Of(m.Path).Sumdb != ""
	})
	if n := len(left) - maxAsked; n > 0 {
		s.failed, left = true, left[:maxAsked]
		a.warn(count(n, "more module") + " of go.sum not compared: neither in the module cache nor vouched for by a checksum database")
		a.warn("hint: goshim warm --all fetches and compares them")
	}
	s.cases = append(s.cases, left...)
	module.Sort(s.cases)
	s.cases = slices.Compact(s.cases)
	return s, nil
}

// maxAsked is how many modules that are not in the cache are fetched from proxies
// only to be compared.
const maxAsked = 20

// uncompared returns the modules of the build list that the cache has nothing of,
// whose lines of go.sum it therefore cannot contradict. One that failed with
// "checksum mismatch" is among them: the go command keeps nothing of it.
func uncompared(c *sumCall) []module.Version {
	graph := c.in.Load(c.cache.ReadMod)
	built := c.in.Built(graph.Selected)
	if len(graph.Lacking) > 0 {
		built = c.in.Sums.Versions()
	}
	return slices.DeleteFunc(built, func(m module.Version) bool {
		if len(c.in.Sums.Zip(m)) == 0 || c.cache.Has(m, modstore.Zip) {
			return true
		}
		dir, err := c.cache.Dir(m)
		if err == nil {
			_, err = os.Stat(dir)
		}
		return err == nil
	})
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
