package cli

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/lint"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

func newCheckCmd(a *App) *cobra.Command {
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Report faults in the policy files",
		Long: `Check reports every error in the policy files that are in force, or in FILE,
and warns of what is legal and most probably not meant. It looks at all
environments, not only at the chosen one, and at their layers. A FILE named
policy.toml is checked as a user's policy, any other as a repository's.

Without a FILE it also looks at your own variables, exported or set by go env -w,
where the policy of the chosen environment leaves them as they are, and prints what
it found, what is wanted and why: warnings, too.

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
	Files    []string `json:"files"`
	Findings []fault  `json:"findings"`

	Variables []variableFault `json:"variables"` // of the user's own
}

// A fault is an error or a warning.
type fault struct {
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
	return strict && len(r.Variables) > 0
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
	r := &report{Findings: []fault{}, Variables: []variableFault{}}
	for _, source := range sources {
		r.Files = append(r.Files, source.Name)
		r.Findings = append(r.Findings, a.checkFile(source)...)
	}
	if len(args) == 0 {
		told := slices.ContainsFunc(r.Findings, func(f fault) bool { return f.ID == "private-host" || f.ID == "private-told" })
		r.Variables = append(r.Variables, a.checkVariables(told)...)
	}
	if len(args) == 0 && !r.fails(false) {
		r.Findings = append(r.Findings, a.checkTogether()...)
		r.Findings = append(r.Findings, a.checkLayers(sources)...)
	}
	return r, nil
}

// checkFile returns the faults of one file, or its warnings if it has none.
func (a *App) checkFile(source policy.Source) []fault {
	var all []fault
	f, errs := source.Read()
	for _, e := range errs {
		all = append(all, fault{Severity: "error", problem: *problemOf(e)})
	}
	if len(errs) > 0 {
		return all
	}
	var modules []lint.Module
	if source.Level == policy.Repository {
		modules = lint.Modules(filepath.Dir(source.Path), a.Dir)
	}
	for _, w := range lint.Run(f, modules, a.defaultProxies()...) {
		severity := "warning"
		if w.Error {
			severity = "error"
		}
		all = append(all, fault{severity, w.ID, w.Envs, problem{w.Msg, at(w.Pos), w.Hint}})
	}
	return all
}

// checkTogether returns what makes files that are right by themselves unfit to
// be in force: an environment that none defines, an owner, a hash.
func (a *App) checkTogether() []fault {
	if _, err := a.inspect(""); err != nil {
		return []fault{{Severity: "error", problem: *problemOf(err)}}
	}
	return nil
}

// checkLayers returns the first fault in the modfiles of each environment: it
// stops the go commands there.
func (a *App) checkLayers(sources []policy.Source) []fault {
	var all []fault
	for _, source := range sources {
		f, _ := source.Read()
		for _, env := range f.Envs {
			err := a.layerFault(env.Name.Value, f.Resolve(env.Name.Value).Modfile)
			if err == nil {
				continue
			}
			problem := *problemOf(err)
			if i := slices.IndexFunc(all, func(f fault) bool { return sameProblem(f.problem, problem) }); i >= 0 {
				all[i].Envs = append(all[i].Envs, env.Name.Value)
				continue
			}
			all = append(all, fault{Severity: "error", Envs: []string{env.Name.Value}, problem: problem})
		}
	}
	return all
}

func sameProblem(p, q problem) bool {
	return p.Message == q.Message && (p.At == nil) == (q.At == nil) && (p.At == nil || *p.At == *q.At)
}

// layerFault returns what is wrong with the modfiles of an environment. What
// else may stop its commands here, such as a toolchain that is not installed,
// is no fault of the files.
func (a *App) layerFault(env string, modfiles []policy.String) error {
	if len(modfiles) == 0 {
		return nil
	}
	target, err := shim.TargetOf(shim.Invocation{Dir: a.Dir, Env: a.Env, Self: a.Self}, env)
	var fault *diag.Error
	switch {
	case errors.As(err, &fault) && slices.ContainsFunc(modfiles, func(s policy.String) bool { return s.Pos == fault.Pos }):
		return err
	case err != nil || len(target.Use.Modfiles) == 0:
		return nil
	}
	stack, err := modlayer.Read(target.Use)
	if err == nil {
		_, err = stack.Merge()
	}
	return err
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
	a.printVariables(r.Variables)
}
