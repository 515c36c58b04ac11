// Package cli is the companion command, goshim: everything that is not on the
// path of every go call. Each command is one file.
package cli

import (
	"errors"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/interrupt"
	"github.com/goshim/goshim/shim"
)

// An App is one run of goshim: like [os/exec.Cmd], it has its own streams and
// environment, so that a test can run it.
type App struct {
	Args   []string // without the command's own name
	Dir    string
	Env    []string
	Self   string // path of this executable
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
}

// Main runs goshim as this process and returns its exit status. After a signal that
// it has caught, to clear away, it ends by that signal.
func Main() int {
	dir, err := os.Getwd()
	if err != nil {
		os.Stderr.WriteString(diag.Text(err))
		return 2
	}
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	a := &App{
		Args: os.Args[1:], Dir: dir, Env: os.Environ(), Self: self,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}
	return interrupt.End(a.Run())
}

// Run runs the command and returns its exit status: 0, or 2 for a refusal or
// a wrong call, or 1 where the command says so of what it found.
func (a *App) Run() int {
	root := a.root()
	root.SetArgs(slices.Clone(a.Args))
	err := root.Execute()
	if err == nil {
		return 0
	}
	var found *foundError
	if errors.As(err, &found) {
		return 1
	}
	var exit exitError
	if errors.As(err, &exit) {
		return int(exit)
	}
	var shown *shownError
	if errors.As(err, &shown) {
		return 2
	}
	io.WriteString(a.Stderr, diag.Text(a.showFailed(err)))
	return 2
}

// foundError is the end of a command that worked and found something wrong,
// which it has printed.
type foundError struct{}

func (*foundError) Error() string { return "findings" }

// shownError is the end of a command that was refused and has shown why.
type shownError struct{}

func (*shownError) Error() string { return "refused" }

// exitError is the exit status of a command that has said why itself: a go
// command, or a gate that is not passed.
type exitError int

func (exitError) Error() string { return "the command failed" }

// environ returns the environment as a set that is read by [envset.Set.Get].
func (a *App) environ() *envset.Set { return envset.New(a.Env) }

// getenv reads one variable of the environment.
func (a *App) getenv(name string) string { return a.environ().Get(name) }

// shim returns the path of the shim that this companion belongs to.
func (a *App) shim() string { return shim.Beside(a.Self) }

// root returns the command tree. The groups are the parts of its help.
func (a *App) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "goshim",
		Short:             "A go command with a policy for every repository",
		Long:              rootHelp,
		Example:           rootExample,
		Version:           buildVersion().String(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              subcommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		CompletionOptions: cobra.CompletionOptions{DisableDescriptions: true},
	}
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetHelpCommand(newHelpCmd())
	addGroup(root, "Start:", newSetupCmd(a), newInitCmd(a))
	addGroup(root, "See what holds:", newStatusCmd(a), newExplainCmd(a), newEnvCmd(a), newUseCmd(a), newCheckCmd(a))
	addGroup(root, "Versions and environments:", newDiffCmd(a), newPromoteCmd(a), newOverrideCmd(a), newFreezeCmd(a), newPinsCmd(a))
	addGroup(root, "Module supply:", newProxyCmd(a), newRouteCmd(a), newPrivateCmd(a), newSumdbCmd(a), newSnapshotCmd(a), newOfflineCmd(a), newRelayCmd(a), newWarmCmd(a))
	addGroup(root, "Integrity:", newVerifyCmd(a), newVendorCmd(a), newInjectCmd(a), newProveCmd(a), newReproCmd(a), newSumCmd(a), newRepairCmd(a), newCiCmd(a))
	addGroup(root, "Decide what a repository may do:", newTrustCmd(a), newUntrustCmd(a))
	addGroup(root, "Tell other programs:", newRealCmd(a), newGorootCmd(a), newSchemaCmd(), newVersionCmd(a))
	root.AddCommand(newGoCmd(a), newNetnsCmd(), newToolexecCmd(a))
	addCompletion(root)
	return root
}

// addGroup adds commands under a heading of their own.
func addGroup(root *cobra.Command, title string, commands ...*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, cmd := range commands {
		cmd.GroupID = title
		root.AddCommand(cmd)
	}
}

// addCompletion adds cobra's own command to the last group.
func addCompletion(root *cobra.Command) {
	groups := root.Groups()
	last := groups[len(groups)-1].ID
	root.SetCompletionCommandGroupID(last)
	root.SetHelpCommandGroupID(last)
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			cmd.Short = "Print the completion script of a shell"
			cmd.Args = subcommand
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}

const rootHelp = `Goshim is the companion of the shim, a go command that applies the policy of
the repository it runs in: goshim.toml. "go shim COMMAND" is the same as
"goshim COMMAND".`

const rootExample = `  goshim setup
  goshim init
  goshim explain build ./...`
