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
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/shim"
)

// lastGood goes on if the modfiles require what those of the last good snapshot
// do. Otherwise the snapshot's stand in their place.
func lastGood(t *shim.Target, cmd *gocmd.Command, proxies []Proxy) (*Outcome, error) {
	if cmd.AtVersion() {
		return goOn(t, cmd, proxies) // it is about another module
	}
	snap, file := lastSnapshot(t)
	if snap == nil {
		return nil, stop(t, proxies, nil)
	}
	stack, err := modlayer.Read(t.Use)
	if err != nil {
		return nil, err
	}
	now, err := stack.Merge()
	if err != nil {
		return nil, err
	}
	old, err := snap.Restore(stack)
	if err != nil {
		return nil, err
	}
	then, err := old.Merge()
	if err != nil {
		return nil, err
	}
	changed := changedModules(then, now)
	if len(changed) == 0 {
		return goOn(t, cmd, proxies)
	}
	modfile, err := keep(t.Vars.Get, then)
	if err != nil {
		return nil, &diag.Error{
			Pos:  t.Policy.Fallback.Pos,
			Msg:  dead(proxies) + "; since the last good snapshot, other versions are required of " + strings.Join(changed, ", "),
			Hint: "goshim snapshot restore --file " + file + " goes back; to build from it without that takes a cache directory: " + err.Error(),
		}
	}
	notice := dead(proxies) + "; the modules are those of " + file + ", which has other versions of " + strings.Join(changed, ", ")
	return &Outcome{Vars: modulesFor(t, cmd), Modfile: modfile, Trace: notice, Notice: notice}, nil
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
func keep(getenv userdir.Getenv, m *modlayer.Merged) (string, error) {
	cache := userdir.Cache(getenv)
	if cache == "" {
		return "", &diag.Error{Msg: "neither HOME nor XDG_CACHE_HOME is set"}
	}
	h := sha256.New()
	h.Write(m.Mod)
	h.Write([]byte{0})
	h.Write(m.Sum)
	dir := filepath.Join(cache, "lastgood", hex.EncodeToString(h.Sum(nil))[:modpair.KeyLen])
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "go.mod")
	if err := snapshot.Replace(modpair.SumPath(path), m.Sum, 0o666); err != nil {
		return "", err
	}
	return path, snapshot.Replace(path, m.Mod, 0o666)
}
