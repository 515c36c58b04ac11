package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/override"
	"github.com/goshim/goshim/shim"
)

// newOverrideCmd returns the command override, which does nothing by itself.
func newOverrideCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "override",
		Short: "Replace modules for one environment",
		Long: `Override edits the replace lines of an environment's own layer: of the chosen
environment, or of the one that --env names. It never changes go.mod.`,
		Example: `  goshim override add example.com/dep=../dep
  goshim override add example.com/dep=example.com/fork@main
  goshim override list
  goshim override drop example.com/dep`,
		Args: subcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var env string
	cmd.PersistentFlags().StringVar(&env, "env", "", "the environment, if it is not the chosen one")
	cmd.RegisterFlagCompletionFunc("env", a.completeEnvs(1))
	cmd.AddCommand(newOverrideAddCmd(a, &env), newOverrideListCmd(a, &env), newOverrideDropCmd(a, &env))
	return cmd
}

func newOverrideAddCmd(a *App, env *string) *cobra.Command {
	return &cobra.Command{
		Use:   "add MODULE=DIRECTORY | MODULE=FORK@VERSION | MODULE=FILE.patch",
		Short: "Put a directory, another module or a patched copy in a module's place",
		Long: `Add puts a directory, or a version of another module, in the place of a module
that the environment builds from. A branch is resolved to the version of its
last commit. A directory is written relative to the module's root.

A file that ends in .patch or .diff is a unified diff, as git diff and diff -u
make them. It is applied to a copy of the version that is selected, exactly or
not at all; the copy lies below .goshim in the module's root, which git ignores,
and stands in the place of that version until override drop removes both.`,
		Example: `  goshim override add example.com/dep=../dep
  goshim override add example.com/dep=./fix.patch
  goshim override add example.com/dep=example.com/fork@v1.2.3 --env staging`,
		Args:                  exactly(1, "add takes one replacement"),
		DisableFlagsInUseLine: true,
		RunE: func(_ *cobra.Command, args []string) error {
			return a.overrideWith(*env, func(target *shim.Target) (*override.Result, error) {
				return override.Add(target, args[0], a.Dir)
			})
		},
	}
}

func newOverrideDropCmd(a *App, env *string) *cobra.Command {
	return &cobra.Command{
		Use:   "drop MODULE",
		Short: "Take a replacement away",
		Long: `Drop removes the replacement of a module from the environment's layer, so that
what lies below holds again. One that is only in a file below is dropped by a
directive in the layer.`,
		Example:               "  goshim override drop example.com/dep",
		Args:                  exactly(1, "drop takes one module"),
		DisableFlagsInUseLine: true,
		RunE: func(_ *cobra.Command, args []string) error {
			return a.overrideWith(*env, func(target *shim.Target) (*override.Result, error) {
				return override.Drop(target, args[0])
			})
		},
	}
}

// exactly returns the [cobra.PositionalArgs] of a command with n arguments.
func exactly(n int, msg string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return usageError(cmd, msg)
		}
		return atMost(n)(cmd, args)
	}
}

// overrideWith makes a change of an environment's layer and writes it.
func (a *App) overrideWith(env string, change func(*shim.Target) (*override.Result, error)) error {
	target, err := a.target(env)
	if err != nil {
		return err
	}
	unlock, err := gorun.Lock(target.Use.Journal)
	if err != nil {
		return err
	}
	defer unlock()
	result, err := change(target)
	if err != nil {
		return err
	}
	err = target.Use.Journal.Commit(gorun.Changes(result.Read, result.Stack))
	if doneErr := result.Done(err == nil); doneErr != nil {
		a.warn("a patched copy is left: " + doneErr.Error())
	}
	if err != nil {
		return err
	}
	a.printf("%s\n", result.What)
	for _, note := range result.Notes {
		a.printf("  %s\n", diag.Printable(note))
	}
	return nil
}

// An overrideList is the result of override list, as JSON.
type overrideList struct {
	Environment string         `json:"environment"`
	Overrides   []overrideLine `json:"overrides"`
}

// An overrideLine is a replace line in force, as JSON.
type overrideLine struct {
	override.Override
	At *position `json:"at"`
}

func newOverrideListCmd(a *App, env *string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the replacements in force, and the lines that say so",
		Long:    "List prints the replacements that are in force in the environment, those of\ngo.mod included, and the line that says each.",
		Example: "  goshim override list --json",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			target, err := a.target(*env)
			if err != nil {
				return err
			}
			list, err := override.List(target)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(overrideListOf(target, list))
			}
			var rows [][]string
			for _, o := range list {
				rows = append(rows, []string{o.From(), o.To(), o.Pos.String()})
			}
			writeTable(a.Stdout, "", rows)
			return nil
		},
	}
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func overrideListOf(target *shim.Target, list []override.Override) overrideList {
	result := overrideList{target.Policy.Choice.Env, []overrideLine{}}
	for _, o := range list {
		result.Overrides = append(result.Overrides, overrideLine{o, at(o.Pos)})
	}
	return result
}
