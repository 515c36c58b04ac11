package modlayer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/modfile"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modpair"
)

// A Build is a pair that has been merged and may still have to be put into the
// cache.
type Build struct {
	*modpair.Pair
	*Merged

	names string // of the modfiles, lowest first
	state string // of the inputs, for the stamp, or ""
}

// NewBuild reads the files and merges them. It writes nothing.
func NewBuild(u *modpair.Use) (*Build, error) {
	pair, err := modpair.New(u)
	if err != nil {
		return nil, err
	}
	contents, state, err := snapshot(u)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	io.WriteString(h, "goshim modfile 1\n")
	for _, path := range u.Inputs() {
		data := contents[path]
		io.WriteString(h, strconv.Quote(path)+" "+strconv.FormatBool(data == nil)+" "+strconv.Itoa(len(data))+"\n")
		h.Write(data)
	}
	s, err := parse(u, contents)
	if err != nil {
		return nil, err
	}
	merged, err := s.Merge()
	if err != nil {
		return nil, err
	}
	b := &Build{Pair: pair, Merged: merged, names: s.names(), state: state}
	b.Key = hex.EncodeToString(h.Sum(nil))[:modpair.KeyLen]
	b.InWork = u.Work != "" && modgraph.InWorkspace(u.Work, contents[u.Work], u.Real)
	return b, b.learn(s, contents[u.Gomod().Path])
}

// InCache returns the pair.
func (b *Build) InCache() *modpair.Pair { return b.Pair }

// learn notes the facts of the merged modfile.
func (b *Build) learn(s *Stack, gomod []byte) error {
	f := b.Merged.file
	plain, err := parseWhole("go.mod", gomod)
	if err != nil {
		return err
	}
	b.Module = f.Module.Mod.Path
	b.HasSum = len(b.Merged.Sum) > 0
	if b.Toolchain, err = b.Merged.toolchain(plain); err != nil {
		return err
	}
	b.Ignore = !sameStatements(plain, f, "ignore") && !slices.ContainsFunc(f.Require, func(r *modfile.Require) bool {
		return strings.HasPrefix(r.Mod.Path, b.Module+"/") // import paths would match its packages too
	})
	b.Modules = changesModules(plain, f)
	for _, file := range s.Files[1:] {
		for _, r := range file.mod.Replace {
			if r.New.Version == "" {
				b.Dirs = append(b.Dirs, replacedDir(s.Root, r.New.Path))
			}
		}
	}
	return nil
}

// ChangesModules reports whether the merged file requires, replaces or has as tools
// others than a go.mod, whose vendor/ is then none of its own.
func (m *Merged) ChangesModules(gomod []byte) (bool, error) {
	plain, err := parseWhole("go.mod", gomod)
	if err != nil {
		return false, err
	}
	return changesModules(plain, m.file), nil
}

func changesModules(plain, merged *modfile.File) bool {
	return !sameStatements(plain, merged, "require", "replace", "tool")
}

// sameStatements reports whether two modfiles have the same statements of the
// given verbs.
func sameStatements(a, b *modfile.File, verbs ...string) bool {
	values := func(f *modfile.File) map[id]value {
		m := make(map[id]value)
		for i, s := range index(statements(f)) {
			for _, verb := range verbs {
				if i.verb == verb {
					m[i] = s.value
				}
			}
		}
		return m
	}
	x, y := values(a), values(b)
	for i, v := range x {
		if w, ok := y[i]; !ok || v != w {
			return false
		}
	}
	return len(x) == len(y)
}

// Make puts the pair into the cache. Many processes may do so at once, and be
// killed: one makes it, under a lock, and it is there as a whole or not.
func (b *Build) Make() error {
	if !b.Ready() {
		if err := b.makePair(); err != nil {
			return cacheError(err)
		}
	}
	if b.state != "" {
		path, text := b.Stamp(b.state)
		writeFile(path, text) // in a cache that cannot be written, every call merges again
	}
	return nil
}

func (b *Build) makePair() error {
	if err := os.MkdirAll(b.Place, 0o700); err != nil {
		return err
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(b.Place, "lock")).Lock()
	if err != nil {
		return err
	}
	defer unlock()
	if b.Ready() {
		return nil
	}
	b.trim(time.Now())
	return b.publish()
}

func cacheError(err error) error {
	if err == nil {
		return nil
	}
	return &diag.Error{Msg: "keeping the merged go.mod: " + err.Error(), Hint: "set XDG_CACHE_HOME to a directory that can be written"}
}

// publish writes the pair to a directory of another name and renames it.
func (b *Build) publish() error {
	tmp, err := os.MkdirTemp(b.Place, "tmp-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	header := "// Merged by goshim from " + b.names + ".\n\n"
	plain, hidden := b.replaced(true), b.replaced(false)
	for _, f := range []struct{ name, text string }{
		{"go.mod", header + string(b.Merged.Mod)},
		{"go.sum", string(b.Merged.Sum)},
		{"novendor", ""},
		{"overlay.json", encodeOverlay(plain)},
		{"overlay-novendor.json", encodeOverlay(hidden)},
	} {
		if err := writeSynced(filepath.Join(tmp, f.name), f.text); err != nil {
			return err
		}
	}
	if err := b.remove(b.Dir()); err != nil { // what is left of it after a loss
		return err
	}
	return os.Rename(tmp, b.Dir())
}

// remove removes a pair or what else has a name there: first the name, so that
// a kill leaves nothing of it that looks whole.
func (b *Build) remove(path string) error {
	gone, err := os.MkdirTemp(b.Place, "tmp-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(gone)
	if err := os.Rename(path, filepath.Join(gone, "old")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// keepFor is how long a pair that is no longer the newest stays: a go command
// that runs for days may start others that use it.
const keepFor = 30 * 24 * time.Hour

// trim removes what is old. It is no fault if it cannot.
func (b *Build) trim(now time.Time) {
	for _, pattern := range []string{"*", filepath.Join(modpair.CallsDir, "*")} {
		all, _ := filepath.Glob(filepath.Join(b.Place, pattern))
		for _, path := range all {
			info, err := os.Lstat(path)
			if err != nil || now.Sub(info.ModTime()) < keepFor || filepath.Base(path) == "lock" || filepath.Base(path) == modpair.CallsDir {
				continue
			}
			b.remove(path)
		}
	}
}

// writeFile replaces a file as a whole.
func writeFile(path, text string) error {
	tmp := path + "." + strconv.Itoa(os.Getpid()) + ".tmp"
	if err := writeSynced(tmp, text); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// writeSynced writes a file so that it outlives the machine once it is
// renamed.
func writeSynced(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}
