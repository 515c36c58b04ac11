package cli

import (
	"io"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/inventory"
	"github.com/goshim/goshim/internal/snapshot"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/shim"
)

// snapshotFlags are the flags of all commands about snapshots.
type snapshotFlags struct {
	env, file string
	asJSON    bool
}

// newSnapshotCmd returns the command snapshot, which does nothing by itself.
func newSnapshotCmd(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Keep what an environment is built from, and go back to it",
		Long: `A snapshot is a file with every module of the build list, its sums and origin,
the toolchain, and the text of the modfiles. It has no dates and no paths of the
machine, so it can be committed. Its name is go.ENV.snapshot.json, in the module's
root, or go.snapshot.json where no policy is in force.`,
		Example: `  goshim snapshot write
  goshim snapshot verify --env staging
  goshim snapshot diff --exit-code
  goshim snapshot restore --dry-run`,
		Args: subcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var flags snapshotFlags
	cmd.PersistentFlags().StringVar(&flags.env, "env", "", "the environment, instead of the one that is in force")
	cmd.RegisterFlagCompletionFunc("env", a.completeEnv)
	cmd.PersistentFlags().StringVarP(&flags.file, "file", "o", "", "the file, instead of go.ENV.snapshot.json")
	cmd.AddCommand(newSnapshotWriteCmd(a, &flags), newSnapshotVerifyCmd(a, &flags), newSnapshotDiffCmd(a, &flags), newSnapshotRestoreCmd(a, &flags))
	return cmd
}

func newSnapshotWriteCmd(a *App, flags *snapshotFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "write",
		Short: "Write the snapshot",
		Long: `Write writes the snapshot of the environment. It downloads what is not in the
module cache. If go.mod or go.sum lack something that a build or a test needs, it
names that and writes nothing.`,
		Example: "  goshim snapshot write --env staging",
		Args:    atMost(0),
		RunE:    func(*cobra.Command, []string) error { return a.snapshotWrite(*flags) },
	}
}

func (a *App) snapshotWrite(flags snapshotFlags) error {
	s, path, err := a.openSnapshot(flags)
	if err != nil {
		return err
	}
	defer s.Close()
	lacking, err := inventory.Untidy(s)
	if err != nil {
		return err
	}
	if len(lacking) > 0 {
		for _, line := range lacking {
			a.showLines(line)
		}
		return &diag.Error{Msg: count(len(lacking), "line") + " of go.mod or go.sum missing or out of date; no snapshot is written", Hint: "go mod tidy"}
	}
	snap, err := inventory.Take(s)
	if err != nil {
		return err
	}
	if err := snapshot.Own.Check(path, a.shown(path)); err != nil {
		return err
	}
	if err := snapshot.Replace(path, snap.Encode(), 0o666); err != nil {
		return &diag.Error{Msg: "writing the snapshot: " + err.Error()}
	}
	a.printf("%s: %s, %s\n", a.shown(path), count(len(snap.Modules), "module"), snap.Toolchain)
	return nil
}

// openSnapshot opens the environment, and returns where its snapshot lies.
func (a *App) openSnapshot(flags snapshotFlags) (s *gorun.Session, path string, err error) {
	target, err := a.module(flags.env)
	if err != nil {
		return nil, "", err
	}
	s, err = inventory.Open(target)
	return s, a.snapshotPath(flags, target), err
}

// snapshotPath returns the absolute path of the environment's snapshot.
func (a *App) snapshotPath(flags snapshotFlags, target *shim.Target) string {
	if flags.file == "" {
		return filepath.Join(target.Use.Root, snapshot.FileName(target.Policy.Choice.Env))
	}
	return a.abs(flags.file)
}

// readSnapshot reads a snapshot, which must be one of the target's environment
// and module.
func (a *App) readSnapshot(path string, target *shim.Target) (*snapshot.Snapshot, []byte, error) {
	snap, text, err := snapshot.Read(path, a.shown(path))
	if err != nil {
		return nil, nil, err
	}
	if env := target.Policy.Choice.Env; snap.Environment != env {
		e := &diag.Error{Pos: diag.Pos{File: a.shown(path)}, Msg: "the snapshot is of environment " + quoteOr(snap.Environment, "none") + ", not of " + quoteOr(env, "none")}
		if snap.Environment != "" {
			e.Hint = "--env " + snap.Environment
		}
		return nil, nil, e
	}
	gomod := target.Use.Gomod()
	if data, err := textfile.Read(gomod.Path, textfile.Max); err == nil {
		if module := modfile.ModulePath(data); module != "" && module != snap.Module {
			return nil, nil, &diag.Error{
				Pos:  diag.Pos{File: a.shown(path)},
				Msg:  "the snapshot is of the module " + snap.Module + ", not of " + module,
				Hint: "name the file of this module's own snapshot",
			}
		}
	}
	return snap, text, nil
}

// shown returns the path as seen from the working directory, if that is shorter.
func (a *App) shown(path string) string {
	return diag.Short(a.Dir, path)
}

func newSnapshotRestoreCmd(a *App, flags *snapshotFlags) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "restore",
		Short: "Bring the modfiles back to the snapshot",
		Long: `Restore gives go.mod, the environment's layers and their sums the texts that the
snapshot has: all of them, or none. Then it says which modules are not in the
module cache.`,
		Example: "  goshim snapshot restore --dry-run",
		Args:    atMost(0),
		RunE:    func(*cobra.Command, []string) error { return a.snapshotRestore(*flags, dryRun) },
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would change as a diff, and write nothing")
	return cmd
}

func (a *App) snapshotRestore(flags snapshotFlags, dryRun bool) error {
	target, err := a.module(flags.env)
	if err != nil {
		return err
	}
	snap, _, err := a.readSnapshot(a.snapshotPath(flags, target), target)
	if err != nil {
		return err
	}
	unlock, err := gorun.Lock(target.Use.Journal)
	if err != nil {
		return err
	}
	defer unlock()
	stack, err := gorun.Read(target.Use)
	if err != nil {
		return err
	}
	result, err := snap.Restore(stack)
	if err != nil {
		return err
	}
	changes := gorun.Changes(stack, result)
	if dryRun {
		_, err := a.Stdout.Write(gorun.Diff(changes, stack.NameOf))
		return err
	}
	if err := target.Use.Journal.Commit(changes); err != nil {
		return err
	}
	if len(changes) == 0 {
		a.printf("nothing to restore: the modfiles are those of the snapshot\n")
	}
	for _, c := range changes {
		a.printf("restored %s\n", stack.NameOf(c.Path))
	}
	if note := gorun.StaleVendor(target); note != "" && len(changes) > 0 {
		a.printf("%s\n", note)
	}
	a.printAbsent(snap, target)
	return nil
}

// printAbsent says which modules of a snapshot are not in the module cache.
func (a *App) printAbsent(snap *snapshot.Snapshot, target *shim.Target) {
	absent := inventory.Absent(snap, target)
	if len(absent) == 0 {
		return
	}
	a.printf("%s not in the module cache:\n", count(len(absent), "module"))
	for _, m := range absent {
		a.printf("  %s %s\n", m.Path, m.Version)
	}
}

// warn writes a line to standard error for what is no reason to stop.
func (a *App) warn(text string) {
	io.WriteString(a.Stderr, "goshim: "+diag.Printable(text)+"\n")
}

// quoteOr returns the quoted name, or what stands for none.
func quoteOr(name, none string) string {
	if name == "" {
		return none
	}
	return `"` + name + `"`
}
