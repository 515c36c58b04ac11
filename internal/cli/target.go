package cli

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gitrun"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/shim"
)

// invocation returns what the shim is asked about environments by name. They
// can be asked for even if GOSHIM=off.
func (a *App) invocation() shim.Invocation {
	env := a.Env
	if a.getenv("GOSHIM") == "off" {
		env = append(slices.Clone(env), "GOSHIM=on")
	}
	return shim.Invocation{Dir: a.Dir, Env: env, Self: a.shim()}
}

// target returns the module here as the named environment has it, or, if name
// is "", the chosen one.
func (a *App) target(name string) (*shim.Target, error) {
	if _, err := a.inspect(name); err != nil {
		return nil, err
	}
	return shim.TargetOf(a.invocation(), name)
}

// module returns what target does, but where no policy is in force and no
// environment is named, the module as the go command itself has it.
func (a *App) module(name string) (*shim.Target, error) {
	if name != "" {
		return a.target(name)
	}
	return shim.ModuleOf(a.invocation(), "")
}

// workspace returns what module does, for commands that look at the whole
// workspace: in a directory of one that no module is around, one of its modules.
func (a *App) workspace(name string) (*shim.Target, error) {
	if name != "" {
		if _, err := a.inspect(name); err != nil {
			return nil, err
		}
	}
	return gorun.ModuleOf(a.invocation(), name)
}

// showFailed writes what a go or git command said that failed, line by line,
// and returns the end of the command that it stopped. Other errors are returned
// as they are.
func (a *App) showFailed(err error) error {
	command, said, hint := "", "", ""
	switch failed := err.(type) {
	case *gorun.GoError:
		command, said, hint = "go "+strings.Join(failed.Args, " "), failed.Stderr, failed.Hint
	case *gitrun.ExitError:
		command, said = "git "+failed.Command, failed.Output
	}
	if said == "" {
		return err
	}
	a.showLines(said)
	return &diag.Error{Msg: command + " stopped with an error; nothing is changed", Hint: cmp.Or(gorun.OriginHint(said), hint)}
}

// showLines writes what another program said to standard error.
func (a *App) showLines(text string) {
	for line := range strings.Lines(text) {
		line = strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "    ")
		io.WriteString(a.Stderr, diag.Printable(line)+"\n")
	}
}

// addEnvFlag adds the flag --env.
func (a *App) addEnvFlag(cmd *cobra.Command, env *string) {
	cmd.Flags().StringVar(env, "env", "", "the environment, instead of the one that is in force")
	cmd.RegisterFlagCompletionFunc("env", a.completeEnv)
}

// completeEnvs completes the names of up to n environments.
func (a *App) completeEnvs(n int) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return slices.DeleteFunc(a.envNames(), func(name string) bool { return slices.Contains(args, name) }), cobra.ShellCompDirectiveNoFileComp
	}
}
