package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/injected"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

// newInjectCmd returns the command inject, which does nothing by itself.
func newInjectCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inject",
		Short: "Check the values that the environment builds into programs",
		Long: `Inject is about the values that the environment builds into programs: inject in
goshim.toml.`,
		Example: `  goshim inject verify ./app --env prod
  goshim inject scaffold --package ./cmd/app`,
		Args: subcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newInjectVerifyCmd(a), newInjectScaffoldCmd(a))
	return cmd
}

func newInjectVerifyCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify PROGRAM",
		Short: "Compare the values in a program with what would be injected now",
		Long: `Verify reads the variables in the file of a program, built for Linux, macOS or
Windows, and compares them with what the environment injects now, at the commit
that is checked out. It does not run the program, and does not look for strings:
it reads what the variable holds.

A program that is stripped (-s) does not say where its variables lie. Those that
goshim inject scaffold put into its table are found all the same; the others are
not proved, and the status is 1. Whether the program changes a variable when it
starts, as it does if the variable is initialised by a call, cannot be seen.`,
		Example: "  goshim inject verify ./app --env prod",
		Args:    exactly(1, "verify takes one program"),
	}
	return a.checkCmd(cmd, func(_ context.Context, env string, args []string) (*finding.Report, error) {
		target, err := a.module(env)
		if err != nil {
			return nil, err
		}
		if len(target.Policy.Inject) == 0 {
			return nil, injected.NothingInjected(target)
		}
		return injected.Verify(target, a.abs(args[0]))
	})
}

func newInjectScaffoldCmd(a *App) *cobra.Command {
	var env, dir, tag string
	cmd := &cobra.Command{
		Use:   "scaffold",
		Short: "Write a check that ends a program which was not built by the policy",
		Long: `Scaffold writes ` + injected.ScaffoldFile + ` into a package main. Built with the tag, and without
the values that the environment injects, the program panics when it starts. Then
scaffold prints which lines goshim.toml lacks: the tag for the commands that
build, and the marker. Run again, it brings the file up to date; a file that it
did not write stays.

The check covers ` + injected.Marker + ` and the other variables of this package that the
environment injects.`,
		Example: "  goshim inject scaffold --package ./cmd/app --env prod",
		Args:    atMost(0),
		RunE:    func(*cobra.Command, []string) error { return a.injectScaffold(env, a.abs(dir), tag) },
	}
	a.addEnvFlag(cmd, &env)
	cmd.Flags().StringVar(&dir, "package", ".", "the directory of the program")
	cmd.Flags().StringVar(&tag, "tag", injected.Tag, "the build tag")
	return cmd
}

func (a *App) injectScaffold(env, dir, tag string) error {
	target, err := a.module(env)
	if err != nil {
		return err
	}
	var names []string
	for _, in := range target.Policy.Inject {
		names = append(names, in.Name)
	}
	s, err := injected.NewScaffold(dir, tag, names)
	if err != nil {
		return err
	}
	verb := "wrote"
	if !s.Written {
		verb = "up to date:"
	}
	a.printf("%s %s\n", verb, a.fromHere(s.Path))
	a.printf("it checks %s\n", strings.Join(s.Variables, ", "))
	lines := scaffoldLines(target, tag)
	if len(lines) == 0 {
		a.printf("goshim.toml has what it needs\n")
		return nil
	}
	a.printf("\ngoshim.toml lacks for it\n")
	for _, line := range lines {
		a.printf("  %s\n", line)
	}
	return nil
}

// scaffoldLines returns the lines that the policy lacks for a scaffold. The tag
// is for the commands that build programs: tests are not injected into, and
// would panic.
func scaffoldLines(target *shim.Target, tag string) []string {
	env := target.Policy.Choice.Env
	table := tableName(env)
	if env == "" {
		table = "[env.prod]"
	}
	table = strings.TrimSuffix(table, "]")
	var lines []string
	for _, command := range []string{"build", "install", "run"} {
		if !hasTag(target.Policy, command, tag) {
			lines = append(lines, command+" = "+tomlStrings([]string{"-tags=" + tag}))
		}
	}
	if lines != nil {
		lines = append([]string{table + ".flags]"}, lines...)
	}
	isMarker := func(in policy.Entry) bool { return in.Name == injected.Marker }
	if !slices.ContainsFunc(target.Policy.Inject, isMarker) {
		value := strings.TrimSpace(env + " {git.short}")
		if git.Find(target.Use.Root) == "" {
			value = "yes"
		}
		lines = append(lines, table+".inject]", tomlString(injected.Marker)+" = "+tomlString(value))
	}
	return lines
}

// hasTag reports whether the policy gives the command a build tag.
func hasTag(p *policy.Policy, command, tag string) bool {
	if slices.Contains(p.Tags.Strings(), tag) {
		return true
	}
	for _, c := range p.Flags {
		for _, flag := range c.Flags.Strings() {
			if c.Command == command && slices.Contains(strings.FieldsFunc(flag, func(r rune) bool { return r == '=' || r == ',' }), tag) {
				return true
			}
		}
	}
	return false
}
