package cli

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/lint"
	"github.com/goshim/goshim/policy"
)

func newCheckCmd(a *App) *cobra.Command {
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Report faults in the policy files",
		Long: `Check reports every error in the policy files that are in force, or in FILE,
and warns of what is legal and most probably not meant. It looks at all
environments, not only at the chosen one. A FILE named policy.toml is checked
as a user's policy, any other as a repository's.

The status is 1 if there are errors or, with --strict, warnings.`,
		Example: `  goshim check
  goshim check --strict --json goshim.toml`,
		Args: atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			report, err := a.check(args)
			if err != nil {
				return err
			}
			if asJSON {
				err = a.printJSON(report)
			} else {
				a.printReport(report)
			}
			if err == nil && report.fails(strict) {
				err = &foundError{}
			}
			return err
		},
	}
	addJSONFlag(cmd, &asJSON)
	cmd.Flags().BoolVar(&strict, "strict", false, "take warnings for errors")
	return cmd
}

// A report is the result of check, as JSON.
type report struct {
	Files    []string  `json:"files"`
	Findings []finding `json:"findings"`
}

// A finding is an error or a warning.
type finding struct {
	Severity string   `json:"severity"`               // error or warning
	ID       string   `json:"id,omitempty"`           // of a warning
	Envs     []string `json:"environments,omitempty"` // in which it holds, if not in all
	problem
}

func (r *report) fails(strict bool) bool {
	for _, f := range r.Findings {
		if strict || f.Severity == "error" {
			return true
		}
	}
	return false
}

// check checks the file that args name or, if they are empty, those in force.
func (a *App) check(args []string) (*report, error) {
	sources := policy.Sources(a.Dir, a.getenv)
	if len(args) > 0 {
		source, err := a.source(args)
		if err != nil {
			return nil, err
		}
		sources = []policy.Source{source}
	}
	if len(sources) == 0 {
		return nil, a.noPolicy()
	}
	r := &report{Findings: []finding{}}
	for _, source := range sources {
		r.Files = append(r.Files, source.Name)
		r.Findings = append(r.Findings, a.checkFile(source)...)
	}
	if len(args) == 0 && !r.fails(false) {
		r.Findings = append(r.Findings, a.checkTogether()...)
	}
	return r, nil
}

// checkFile returns the faults of one file, or its warnings if it has none.
func (a *App) checkFile(source policy.Source) []finding {
	var all []finding
	f, errs := source.Read()
	for _, e := range errs {
		all = append(all, finding{Severity: "error", problem: *problemOf(e)})
	}
	if len(errs) > 0 {
		return all
	}
	var modules []lint.Module
	if source.Level == policy.Repository {
		modules = lint.Modules(filepath.Dir(source.Path), a.Dir)
	}
	for _, w := range lint.Run(f, modules) {
		all = append(all, finding{"warning", w.ID, w.Envs, problem{w.Msg, at(w.Pos), w.Hint}})
	}
	return all
}

// checkTogether returns what makes files that are right by themselves unfit to
// be in force: an environment that none defines, an owner, a hash.
func (a *App) checkTogether() []finding {
	if _, err := a.inspect(""); err != nil {
		return []finding{{Severity: "error", problem: *problemOf(err)}}
	}
	return nil
}

// printReport prints the findings, each with what tells it from others.
func (a *App) printReport(r *report) {
	for _, f := range r.Findings {
		p := f.problem
		if len(f.Envs) > 0 {
			p.Message += " (in " + strings.Join(f.Envs, ", ") + ")"
		}
		if f.ID != "" {
			p.Message += " [" + f.ID + "]"
		}
		a.printProblem(f.Severity, p)
	}
	if len(r.Findings) == 0 {
		a.printf("%s: no faults\n", strings.Join(r.Files, ", "))
	}
}
