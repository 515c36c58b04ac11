package cli

import (
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/goshim/goshim/internal/diag"
)

// subcommand is the [cobra.PositionalArgs] of a command with subcommands: a
// word that is left over is the name of none.
func subcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	e := &diag.Error{Msg: "unknown command " + strconv.Quote(args[0]), Hint: diag.DidYouMean(args[0], names)}
	if e.Hint == "" {
		e.Hint = cmd.CommandPath() + " --help lists the commands"
	}
	return e
}

// atMost returns the [cobra.PositionalArgs] of a command with up to n
// arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return usageError(cmd, "unexpected argument "+strconv.Quote(args[n]))
	}
}

// usageError returns the error of a wrong call, with the right one as hint.
func usageError(cmd *cobra.Command, msg string) error {
	return &diag.Error{Msg: msg, Hint: "usage: " + strings.TrimSuffix(cmd.UseLine(), " [flags]")}
}

// flagError puts an error about a flag in goshim's words. Before an unknown
// command, nothing can be said of its flags.
func flagError(cmd *cobra.Command, err error) error {
	if cmd.HasSubCommands() {
		if unknown := subcommand(cmd, cmd.Flags().Args()); unknown != nil {
			return unknown
		}
	}
	e := &diag.Error{Msg: err.Error(), Hint: cmd.CommandPath() + " --help lists the flags"}
	var missing *pflag.NotExistError
	if errors.As(err, &missing) && missing.GetSpecifiedShortnames() == "" {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		if hint := diag.DidYouMean("--"+missing.GetSpecifiedName(), names); hint != "" {
			e.Hint = hint
		}
	}
	return e
}

// addJSONFlag adds the flag --json.
func addJSONFlag(cmd *cobra.Command, asJSON *bool) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON")
}

// newHelpCmd returns the command help, which knows what it has no help for.
func newHelpCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Print the help of a command",
		RunE: func(help *cobra.Command, args []string) error {
			cmd, rest, err := help.Root().Find(args)
			if err != nil || len(rest) > 0 && cmd.HasSubCommands() {
				return subcommand(cmd, rest)
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}
