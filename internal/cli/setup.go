package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/install"
)

func newSetupCmd(a *App) *cobra.Command {
	var write, undo bool
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Install goshim for this user, or take it away again",
		Long: `Setup builds the go command that applies goshim.toml, and goshim itself,
installs both in a folder of the user's, and remembers the real go. A sample
module, built in a new shell, proves that it works.

It shows the line which puts that folder first on PATH; with --write it adds
the line to the shell's profile. No other file of yours is changed.`,
		Example: `  go run ./cmd/goshim setup      # in the source tree
  goshim setup --write           # edit the shell's profile too
  goshim setup --undo            # remove every trace`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if undo {
				return a.undoSetup()
			}
			return a.setup(write)
		},
	}
	cmd.Flags().BoolVar(&write, "write", false, "add the line to the shell's profile")
	cmd.Flags().BoolVar(&undo, "undo", false, "remove what setup and goshim have made")
	cmd.MarkFlagsMutuallyExclusive("write", "undo")
	return cmd
}

func (a *App) installer() *install.Installer {
	return &install.Installer{Dir: a.Dir, Env: a.Env, Self: a.Self, Progress: a.setupProgress}
}

// setupProgress shows a line to a person who waits.
func (a *App) setupProgress(line string) {
	f, ok := a.Stderr.(*os.File)
	if !ok {
		return
	}
	if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprintln(f, line)
	}
}

func (a *App) setup(write bool) error {
	profiles, unknown := install.Profiles(a.getenv)
	if write && unknown != nil {
		return unknown
	}
	r, err := a.installer().Install()
	if err != nil {
		return err
	}
	a.printInstalled(r)
	a.printProof(r.Proof)
	switch {
	case write:
		return a.writeProfiles(r.Layout, profiles)
	case unknown != nil:
		where, line := install.Advice(r.Layout)
		a.printAdvice(where, line)
	default:
		a.printActivation(r.Layout, profiles)
	}
	return nil
}

// row prints a line of the report: a heading and a text.
func (a *App) row(heading, text string) { a.printf("%-10s %s\n", heading, text) }

func (a *App) printInstalled(r *install.Result) {
	heading := "installed"
	if r.Source == "" {
		heading = "kept"
	}
	a.row(heading, a.tilde(r.Layout.Shim())+", the shim")
	a.row("", a.tilde(r.Layout.Companion()))
	a.row("real go", r.RealGo.Path+", "+r.RealGo.Version)
	if r.Was != "" {
		a.row("", "(it was "+r.Was+")")
	}
}

// printProof prints what each environment made of the sample, and why.
func (a *App) printProof(p *install.Proof) {
	a.printf("\nA sample module, in a new shell where go is the shim:\n")
	for _, run := range p.Runs {
		a.printf("\n  GOSHIM_ENV=%s %s\n", run.Env, run.Command)
		outcome := "prints"
		if run.Refused {
			outcome = "refused"
		}
		a.printf("    %-8s %s\n", outcome, run.Output)
		heading := "because"
		for _, why := range run.Why {
			a.printf("    %-8s %s\n", heading, why)
			heading = ""
		}
	}
	a.printf("\n")
}

// writeProfiles adds the line to the profiles, and says which have changed.
func (a *App) writeProfiles(l install.Layout, profiles []install.Profile) error {
	for _, p := range profiles {
		changed, err := p.Activate(l)
		if err != nil {
			return err
		}
		if changed {
			a.row("changed", a.tilde(p.Path))
		} else {
			a.row("unchanged", a.tilde(p.Path)+" has the line")
		}
	}
	a.printf("\nNew shells use the shim. In this one:\n\n  %s\n", profiles[0].Line(l))
	return nil
}

// printActivation says what is left to do, which is nothing if a profile has
// the line.
func (a *App) printActivation(l install.Layout, profiles []install.Profile) {
	var missing []string
	for _, p := range profiles {
		if !p.Activates(l) {
			missing = append(missing, a.tilde(p.Path))
		}
	}
	if len(missing) == 0 {
		a.printf("%s has the line: new shells use the shim.\n", a.tilde(profiles[0].Path))
		return
	}
	a.printAdvice(strings.Join(missing, " and "), profiles[0].Line(l))
	a.printf("\nThe same command with --write does that, and with --undo takes everything back.\n")
}

func (a *App) printAdvice(where, line string) {
	a.printf("To use it, add this line to %s and open a new shell:\n\n  %s\n", where, line)
}

func (a *App) undoSetup() error {
	r, err := a.installer().Undo()
	if r == nil {
		return err
	}
	for _, path := range r.Removed {
		a.row("removed", a.tilde(path))
	}
	for _, path := range r.Edited {
		a.row("changed", a.tilde(path)+": goshim's lines are gone")
	}
	for _, path := range r.Kept {
		a.row("kept", a.tilde(path)+", which is yours")
	}
	for _, path := range r.Dangling {
		a.row("kept", a.tilde(path)+": a line of yours there sources a file that is gone")
	}
	switch {
	case len(r.Removed)+len(r.Edited) > 0:
		a.printf("\nShells that are open find the real go after: hash -r\n")
	case err == nil:
		a.printf("goshim is not installed: nothing to remove\n")
	}
	return err
}
