package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

func newStatusCmd(a *App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say what holds here: policy, environment, trust, real go, PATH",
		Long: `Status says what a go command would meet in this directory: which policy files,
which environment and why, what is not applied for lack of trust, the real go,
and whether PATH leads to the shim.

The status is 1 if go commands stop here: by a fault in a policy, or because
there is no real go.`,
		Example: "  goshim status --json",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			s := a.status()
			var err error
			if asJSON {
				err = a.printJSON(s)
			} else {
				a.printStatus(s)
			}
			if err == nil && len(s.Errors) > 0 {
				err = &foundError{}
			}
			return err
		},
	}
	addJSONFlag(cmd, &asJSON)
	return cmd
}

// A status is the result of status, as JSON.
type status struct {
	Off         bool          `json:"off"` // by GOSHIM=off
	Files       []string      `json:"files"`
	Environment *choice       `json:"environment,omitempty"`
	Modfiles    []string      `json:"modfiles"`                     // that are applied here, the lowest first
	NotApplied  string        `json:"modfilesNotApplied,omitempty"` // those of the environment, if they are not, and why
	Trust       trustState    `json:"trust"`
	RealGo      *realGo       `json:"realGo,omitempty"`
	Path        []pathGo      `json:"path"`
	Switches    []switchValue `json:"switches"`
	Errors      []problem     `json:"errors"`
	Warnings    []problem     `json:"warnings"`
}

// A trustState says whether the repository's file is trusted.
type trustState struct {
	State   string    `json:"state"` // trusted, not trusted, not needed
	By      string    `json:"by,omitempty"`
	Hash    string    `json:"hash,omitempty"`
	Skipped []skipped `json:"skipped"`
}

// A pathGo is a go command in PATH, in its order.
type pathGo struct {
	Path string `json:"path"`
	Shim bool   `json:"shim"`
}

// A switchValue is one of goshim's variables that is set.
type switchValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

var switches = []string{
	"GOSHIM", "GOSHIM_CEILING", "GOSHIM_CONFIG", "GOSHIM_DEBUG", "GOSHIM_ENV", "GOSHIM_EXEC", "GOSHIM_REAL_GO", "GOSHIM_TRUST",
}

func (a *App) status() *status {
	s := &status{
		Off: a.getenv("GOSHIM") == "off", Files: []string{}, Modfiles: []string{}, Trust: trustState{State: "not needed", Skipped: []skipped{}},
		Path: []pathGo{}, Switches: []switchValue{}, Errors: []problem{}, Warnings: []problem{},
	}
	for _, source := range policy.Sources(a.Dir, a.getenv) {
		s.Files = append(s.Files, source.Name)
	}
	a.policyStatus(s)
	if real, err := a.realGo(); err != nil {
		s.Errors = append(s.Errors, *problemOf(err))
	} else {
		s.RealGo = real
	}
	a.pathStatus(s)
	for _, name := range switches {
		if value := a.getenv(name); value != "" {
			s.Switches = append(s.Switches, switchValue{name, value})
		}
	}
	return s
}

// policyStatus fills in what the policy says, and whether it stops commands.
func (a *App) policyStatus(s *status) {
	env := shim.Environ(a.shim(), a.Env)
	if passed := policy.PassedOver(a.Dir, a.getenv); passed != "" {
		s.Warnings = append(s.Warnings, problem{Message: passed})
	}
	if _, err := policy.Load(a.Dir, env); err != nil {
		s.Errors = append(s.Errors, *problemOf(err))
	}
	p, err := policy.Inspect(a.Dir, env, "")
	if p == nil || err != nil {
		return
	}
	c := choiceOf(p.Choice)
	s.Environment = &c
	a.modfileStatus(s, env, p)
	s.Trust.Skipped = a.skipped(p)
	switch {
	case p.Trust.Trusted:
		s.Trust.State, s.Trust.By, s.Trust.Hash = "trusted", p.Trust.By, p.Trust.Hash
	case len(p.Skipped) > 0:
		s.Trust.State, s.Trust.Hash = "not trusted", p.Trust.Hash
	}
}

// modfileStatus fills in the modfiles of the environment, as far as they are
// applied here.
func (a *App) modfileStatus(s *status, env *envset.Set, p *policy.Policy) {
	use, why, err := shim.AppliedModfiles(a.invocation(), env, p)
	names := p.Modfile.Strings()
	switch {
	case err != nil:
		s.Errors = append(s.Errors, *problemOf(err))
	case use != nil:
		s.Modfiles = append(s.Modfiles, names...)
	case why != "":
		slices.Reverse(names)
		s.NotApplied = strings.Join(names, " over ") + ": not applied here, " + why
	}
}

// pathStatus fills in the go commands of PATH, and warns if the first one is
// not the shim.
func (a *App) pathStatus(s *status) {
	firstShim := ""
	for _, g := range shim.GoCommands(a.environ()) {
		s.Path = append(s.Path, pathGo(g))
		if g.Shim && firstShim == "" {
			firstShim = g.Path
		}
	}
	warn := func(msg, hint string) { s.Warnings = append(s.Warnings, problem{Message: msg, Hint: hint}) }
	switch {
	case firstShim == "":
		warn("the shim is not in PATH: policies hold for no go command", "goshim setup installs it; then open a new shell")
	case !s.Path[0].Shim:
		warn(a.tilde(s.Path[0].Path)+" stands before the shim in PATH, "+a.tilde(firstShim), "move the shim's directory to the front of PATH")
	}
}

func (a *App) printStatus(s *status) {
	rows := [][]string{{"policy", a.filesLine(s)}}
	if e := s.Environment; e != nil {
		rows = append(rows, []string{"environment", describe(*e)})
	}
	if n := len(s.Modfiles); n > 0 {
		files := slices.Clone(s.Modfiles)
		slices.Reverse(files)
		rows = append(rows, []string{"modfile", strings.Join(files, " over ")})
	}
	if s.NotApplied != "" {
		rows = append(rows, []string{"modfile", s.NotApplied})
	}
	if s.Environment != nil {
		rows = append(rows, []string{"trust", s.Trust.String()})
	}
	if r := s.RealGo; r != nil {
		rows = append(rows, []string{"real go", a.tilde(r.Path) + " (" + r.Version + ", from " + r.From + ")"})
	}
	if len(s.Path) > 0 {
		first := a.tilde(s.Path[0].Path)
		if s.Path[0].Shim {
			first += " (the shim)"
		}
		rows = append(rows, []string{"go in PATH", first})
	}
	for _, v := range s.Switches {
		rows = append(rows, []string{"switch", v.Name + "=" + v.Value})
	}
	writeTable(a.Stdout, "", rows)
	for _, p := range s.Errors {
		a.printProblem("error", p)
	}
	for _, p := range s.Warnings {
		a.printProblem("warning", p)
	}
}

func (a *App) filesLine(s *status) string {
	var names []string
	for _, name := range s.Files {
		names = append(names, a.tilde(name))
	}
	line := strings.Join(names, ", ")
	switch {
	case len(names) == 0:
		return "none: go commands run unchanged"
	case s.Off && len(s.Errors) == 0:
		return line + ", switched off by GOSHIM=off"
	}
	return line
}

// String returns the state as a line.
func (t trustState) String() string {
	n := len(t.Skipped)
	switch {
	case t.State == "not needed":
		return "nothing needs trust"
	case t.State == "not trusted":
		return "not trusted: " + count(n, "setting") + " not applied (goshim trust --show)"
	case n > 0:
		return "trusted by " + t.By + "; " + count(n, "setting") + " that you do not permit not applied (goshim trust --show)"
	}
	return "trusted by " + t.By
}
