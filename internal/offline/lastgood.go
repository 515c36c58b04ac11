package offline

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/snapshot"
	"github.com/goshim/goshim/shim"
)

// lastGood goes on if the modfiles require what those of the last good snapshot
// do. Otherwise the snapshot's stand in their place, for a command that reads them.
func lastGood(t *shim.Target, cmd *gocmd.Command, proxies []Proxy) (*Outcome, error) {
	if cmd.AtVersion() || cmd.Has("modfile") {
		return goOn(t, cmd, proxies) // it is about other requirements
	}
	snap, file := lastSnapshot(t)
	if snap == nil {
		return nil, stop(t, proxies, nil)
	}
	then, now, err := bothMerged(t, snap)
	if err != nil {
		return nil, err
	}
	changed := changedModules(then, now)
	if len(changed) == 0 {
		return goOn(t, cmd, proxies)
	}
	overlay, why := "", ""
	switch {
	case changesModfile(cmd):
		why = "go " + cmd.Words + " changes go.mod"
	case callerOverlay(t, cmd):
		why = "the command has an overlay of its own"
	default:
		if overlay, err = overlayOf(t, then); err != nil {
			why = err.Error()
		}
	}
	if why != "" {
		return nil, &diag.Error{
			Pos:  t.Policy.Fallback.Pos,
			Msg:  dead(proxies) + "; and the last good snapshot, " + file + ", which has other versions of " + strings.Join(changed, ", ") + ", cannot stand in: " + why,
			Hint: "goshim snapshot restore --file " + file + " goes back to it",
		}
	}
	notice := dead(proxies) + "; the modules are those of " + file + ", which has other versions of " + strings.Join(changed, ", ")
	return &Outcome{Vars: modulesFor(t, cmd), Overlay: overlay, Trace: notice, Notice: notice}, nil
}

// bothMerged returns the merged modfiles of a snapshot, and those of now.
func bothMerged(t *shim.Target, snap *snapshot.Snapshot) (then, now *modlayer.Merged, err error) {
	stack, err := modlayer.Read(t.Use)
	if err != nil {
		return nil, nil, err
	}
	if now, err = stack.Merge(); err != nil {
		return nil, nil, err
	}
	old, err := snap.Restore(stack)
	if err != nil {
		return nil, nil, err
	}
	then, err = old.Merge()
	return then, now, err
}

// changesModfile reports whether the command may write go.mod or go.sum.
func changesModfile(cmd *gocmd.Command) bool {
	mod, _ := cmd.Flag("mod")
	return slices.Contains([]string{"get", "mod tidy", "mod edit", "mod download", "mod vendor"}, cmd.Words) || mod == "mod"
}

// callerOverlay reports whether the caller has an overlay, such as an editor. One
// of ours has the environment's layers, which the snapshot has too.
func callerOverlay(t *shim.Target, cmd *gocmd.Command) bool {
	value, _ := t.Vars.Effective("GOFLAGS")
	words, _ := gocmd.SplitGOFLAGS(value)
	return cmd.Has("overlay") || slices.ContainsFunc(words, func(word string) bool {
		_, file, _ := gocmd.CutFlag(word)
		return isOverlay(word) && modpair.CallerOverlay(t.Use.Cache, file) != ""
	})
}

func isOverlay(word string) bool {
	name, _, _ := gocmd.CutFlag(word)
	return name == "overlay"
}

// overlayOf puts a merged modfile into goshim's cache as a whole one, and returns
// an overlay with it in the place of the module's go.mod.
func overlayOf(t *shim.Target, m *modlayer.Merged) (string, error) {
	path, err := keep(t.Use.Cache, m)
	if err != nil {
		return "", err
	}
	use := &modpair.Use{Cache: t.Use.Cache, Modfiles: []modpair.Ref{{Path: path, Name: path, Pos: t.Policy.Fallback.Pos}}}
	use.SetRoot(t.Vars.Get, t.Use.Root)
	build, err := modlayer.NewBuild(use)
	if err != nil {
		return "", err
	}
	return build.Overlay(false), build.Make()
}

// lastSnapshot returns the last snapshot of the environment that was verified
// here, or else the one in the module's root; and the file that it was read from.
func lastSnapshot(t *shim.Target) (*snapshot.Snapshot, string) {
	if g := good(t); g != nil {
		return g.Snapshot, g.File
	}
	path := filepath.Join(t.Use.Root, snapshot.FileName(t.Policy.Choice.Env))
	snap, _, err := snapshot.Read(path, path)
	if err != nil {
		return nil, ""
	}
	return snap, path
}

// changedModules returns the paths of the modules about which the modfiles
// differ.
func changedModules(a, b *modlayer.Merged) []string {
	var paths []string
	for _, d := range modlayer.Compare(a, b) {
		if slices.Contains([]string{"require", "replace", "exclude"}, d.Verb) && !slices.Contains(paths, d.Path) {
			paths = append(paths, d.Path)
		}
	}
	return paths
}

// keep puts a merged modfile and its sums into goshim's cache and returns the path
// of the modfile. It is named by what it holds, so it is never changed.
func keep(cache string, m *modlayer.Merged) (string, error) {
	if cache == "" {
		return "", &diag.Error{Msg: "neither HOME nor XDG_CACHE_HOME is set"}
	}
	h := sha256.New()
	h.Write(m.Mod)
	h.Write([]byte{0})
	h.Write(m.Sum)
	dir := filepath.Join(cache, "lastgood", hex.EncodeToString(h.Sum(nil))[:modpair.KeyLen])
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "go.mod")
	if err := snapshot.Replace(modpair.SumPath(path), m.Sum, 0o666); err != nil {
		return "", err
	}
	return path, snapshot.Replace(path, m.Mod, 0o666)
}
