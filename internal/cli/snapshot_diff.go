package cli

import (
	"github.com/spf13/cobra"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/envdiff"
	"github.com/goshim/goshim/internal/inventory"
	"github.com/goshim/goshim/internal/snapshot"
	"github.com/goshim/goshim/shim"
)

func newSnapshotDiffCmd(a *App, flags *snapshotFlags) *cobra.Command {
	var exitCode bool
	cmd := &cobra.Command{
		Use:   "diff [FILE]",
		Short: "Say what differs from the snapshot",
		Long: `Diff prints how what the environment is built from now differs from the snapshot,
or how the snapshot differs from the one in FILE: modules, replacements, sums, the
toolchain, origins, and the modfiles with other texts. It prints nothing if they
are equal.`,
		Example: "  goshim snapshot diff --exit-code\n  goshim snapshot diff old.snapshot.json",
		Args:    atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			d, err := a.snapshotDiff(*flags, args)
			if err != nil {
				return err
			}
			if flags.asJSON {
				err = a.printJSON(d)
			} else {
				a.printDiff(d.A, d.B, d.Groups)
			}
			if err == nil && exitCode && len(d.Groups) > 0 {
				err = &foundError{}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&exitCode, "exit-code", false, "end with status 1 if they differ")
	addJSONFlag(cmd, &flags.asJSON)
	return cmd
}

// snapshotDiff compares the snapshot with now, or the one in the file that args
// name with the snapshot.
func (a *App) snapshotDiff(flags snapshotFlags, args []string) (*envDiff, error) {
	target, err := a.module(flags.env)
	if err != nil {
		return nil, err
	}
	path := a.snapshotPath(flags, target)
	snap, _, err := snapshot.Read(path, a.shown(path))
	if err != nil {
		return nil, err
	}
	d := &envDiff{A: "snapshot", B: "now"}
	var other *snapshot.Snapshot
	if len(args) > 0 {
		d.A, d.B = args[0], a.shown(path)
		old := a.abs(args[0])
		other = snap
		snap, _, err = snapshot.Read(old, args[0])
	} else if snap, _, err = a.readSnapshot(path, target); err == nil {
		other, err = take(target)
	}
	if err != nil {
		return nil, err
	}
	d.Groups = append([]envdiff.Group{}, envdiff.Snapshots(snap, other)...)
	if files := envdiff.Files(snap, other); len(files.Rows) > 0 {
		d.Groups = append(d.Groups, files)
	}
	return d, nil
}

// take returns what the target is built from now.
func take(target *shim.Target) (*snapshot.Snapshot, error) {
	s, err := inventory.Open(target)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return inventory.Take(s)
}

// A verification is the result of snapshot verify, as JSON.
type verification struct {
	File    string                `json:"file"`
	OK      bool                  `json:"ok"`
	Modules int                   `json:"modules"`
	Checked int                   `json:"checked"` // zips in the module cache
	Absent  int                   `json:"absent"`  // modules with a sum whose zips are not there, where vendor/ does not stand for them
	Groups  []envdiff.Group       `json:"groups"`
	Altered []cacheverify.Altered `json:"altered"`
}

func newSnapshotVerifyCmd(a *App, flags *snapshotFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check the environment and the module cache against the snapshot",
		Long: `Verify compares the modules, sums and toolchain of now with the snapshot, and
hashes the zips that the module cache has of these modules; go mod verify does so
with what they are unpacked to. The status is 1 if anything differs, or if
none of the modules is in the module cache. If all of them are there, the snapshot
is the last good one from now on: fallback names it, or builds from it.`,
		Example: "  goshim snapshot verify --json",
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			v, err := a.snapshotVerify(*flags)
			if err != nil {
				return err
			}
			if flags.asJSON {
				err = a.printJSON(v)
			} else {
				a.printVerification(v)
			}
			if err == nil && !v.OK {
				err = &foundError{}
			}
			return err
		},
	}
	addJSONFlag(cmd, &flags.asJSON)
	return cmd
}

func (a *App) snapshotVerify(flags snapshotFlags) (*verification, error) {
	target, err := a.module(flags.env)
	if err != nil {
		return nil, err
	}
	path := a.snapshotPath(flags, target)
	snap, text, err := a.readSnapshot(path, target)
	if err != nil {
		return nil, err
	}
	now, err := take(target)
	if err != nil {
		return nil, err
	}
	v := &verification{File: a.shown(path), Modules: len(snap.Modules), Groups: []envdiff.Group{}, Altered: []cacheverify.Altered{}}
	v.Groups = append(v.Groups, envdiff.Snapshots(snap, now)...)
	altered, checked, err := inventory.Altered(snap, target)
	if err != nil {
		return nil, err
	}
	v.Altered, v.Checked = append(v.Altered, altered...), checked
	if target.Policy.Mod.Value != "vendor" {
		v.Absent = len(inventory.Absent(snap, target))
	}
	v.OK = len(v.Groups) == 0 && len(v.Altered) == 0 && (v.Absent == 0 || v.Checked > 0)
	if v.OK && v.Absent == 0 { // fallback may build from the last good one without a network
		if err := snapshot.SetLastGood(a.getenv, target.Use.Root, snap, path, text); err != nil {
			a.warn("the snapshot is not recorded as the last good one: " + err.Error())
		}
	}
	return v, nil
}

func (a *App) printVerification(v *verification) {
	a.printDiff("snapshot", "now", v.Groups)
	if len(v.Groups) > 0 && len(v.Altered) > 0 {
		a.printf("\n")
	}
	a.printAltered(v.Altered)
	switch {
	case v.OK:
		a.printf("%s holds: %s; %s in the module cache, none altered\n", v.File, count(v.Modules, "module"), count(v.Checked, "zip"))
	case len(v.Groups) == 0 && len(v.Altered) == 0:
		a.printf("%s is not verified: none of its modules is in the module cache\n", v.File)
	}
	if v.Absent > 0 {
		a.printf("%s not in the module cache, so this is not recorded as the last good snapshot\n\thint: goshim warm --all fetches what is missing\n", count(v.Absent, "module"))
	}
}

// printAltered prints what in the module cache is not what go.sum says.
func (a *App) printAltered(altered []cacheverify.Altered) {
	for _, m := range altered {
		a.printf("%s %s: altered: %s\n", m.Path, m.Version, a.tilde(m.Zip))
		a.printf("  its hash is %s, and the sum %s\n", m.Have, m.Want)
	}
}
