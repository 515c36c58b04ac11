package cli

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
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

// printGoError prints what a go command wrote that stopped a command of ours.
func (a *App) printGoError(e *gorun.GoError) {
	if e.Stderr != "" {
		io.WriteString(a.Stderr, e.Stderr+"\n")
	}
	io.WriteString(a.Stderr, diag.Text(&diag.Error{
		Msg: "go " + strings.Join(e.Args, " ") + " stopped with an error; nothing is changed",
	}))
}

// asGoError returns the go command that err is about, or nil.
func asGoError(err error) *gorun.GoError {
	var e *gorun.GoError
	errors.As(err, &e)
	return e
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
