package cli

import (
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

func (a *App) home() string { return userdir.Home(a.getenv) }

// policyEnv returns the environment in which policies are looked at. With
// GOSHIM=off the shim applies none; what they say can be asked all the same.
func (a *App) policyEnv() *envset.Set {
	env := shim.Environ(a.shim(), a.Env)
	if env.Get("GOSHIM") == "off" {
		env = shim.Environ(a.shim(), append(slices.Clone(a.Env), "GOSHIM=on"))
	}
	return env
}

// inspect returns the policy here, for the named environment or, if name is
// "", for the chosen one. That there is none is an error.
func (a *App) inspect(name string) (*policy.Policy, error) {
	p, err := policy.Inspect(a.Dir, a.policyEnv(), name)
	if err == nil && p == nil {
		return nil, a.noPolicy()
	}
	return p, err
}

func (a *App) noPolicy() error {
	return &diag.Error{Msg: "no goshim.toml governs " + a.tilde(a.Dir), Hint: "goshim init writes one"}
}

// repositorySource returns the repository's policy file here. That there is
// none is an error.
func (a *App) repositorySource() (policy.Source, error) {
	source, ok := policy.RepositorySource(a.Dir, a.getenv)
	if !ok {
		return source, a.noPolicy()
	}
	return source, nil
}

// source returns the policy file that args name or, if they are empty, the
// repository's here.
func (a *App) source(args []string) (policy.Source, error) {
	if len(args) == 0 {
		return a.repositorySource()
	}
	path := a.abs(args[0])
	s := policy.NewSource(a.levelOf(path), a.Dir, path)
	s.Name = args[0]
	return s, nil
}

// levelOf tells a user's or the system's policy file from a repository's.
func (a *App) levelOf(path string) policy.Level {
	switch {
	case path == policy.SystemFile():
		return policy.System
	case filepath.Base(path) == filepath.Base(policy.SystemFile()):
		return policy.User
	}
	return policy.Repository
}

// envNames returns the environments that the readable policy files define, in
// their order.
func (a *App) envNames() []string {
	var names []string
	for _, source := range policy.Sources(a.Dir, a.getenv) {
		f, errs := source.Read()
		if len(errs) > 0 {
			continue
		}
		for _, e := range f.Envs {
			if !slices.Contains(names, e.Name.Value) {
				names = append(names, e.Name.Value)
			}
		}
	}
	return names
}

// completeEnv completes the name of an environment.
func (a *App) completeEnv(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.envNames(), cobra.ShellCompDirectiveNoFileComp
}

// A choice is the chosen environment and why, as JSON.
type choice struct {
	Name   string    `json:"name"`
	Reason string    `json:"reason"`
	At     *position `json:"at,omitempty"`
}

func choiceOf(c policy.Choice) choice { return choice{c.Env, c.Reason, at(c.Pos)} }

// describe returns the environment and why, in a line.
func describe(c choice) string {
	if c.Name == "" {
		return c.Reason
	}
	return c.Name + ", " + c.why()
}

// why says what chose the environment.
func (c choice) why() string {
	s := "chosen by " + c.Reason
	if c.At != nil {
		s += " (" + c.At.String() + ")"
	}
	return s
}

func describeChoice(c policy.Choice) string { return describe(choiceOf(c)) }
