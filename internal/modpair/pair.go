package modpair

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/filestate"
)

// A Pair is a merged go.mod with its go.sum in the cache, and the overlay that
// puts them in the place of the module's own. Its directory is named by the
// contents that it was made of, and comes into being whole, by a rename: what
// has the name is right.
type Pair struct {
	Facts
	Place string   // directory of the pairs of this module and these modfiles
	Roots []string // of the module, in the spellings that an overlay must know: it follows no links (cmd/go/internal/fsys)

	work []string // the directory of the workspace, likewise, if it is another

	top string // base name of the uppermost modfile
}

// Facts are what the go commands that use a pair need to know of it.
type Facts struct {
	Key       string   // of the contents
	Module    string   // the module's path
	Toolchain string   // asked for by a layer and not by go.mod, or ""
	Ignore    bool     // the ignore lines are others than those of go.mod, and patterns can say so
	Modules   bool     // the requirements, replacements or tools are others than those of go.mod
	HasSum    bool     // there are sums
	Dirs      []string // the directories that layers put in the place of modules
	InWork    bool     // the workspace has the module
}

// KeyLen is the length of a key, and of every other hash in file names here.
const KeyLen = 32

const pairsDir = "modfile"

// New returns the pair for u with the facts still to be found, or an error if
// there is no cache directory.
func New(u *Use) (*Pair, error) {
	if u.Cache == "" {
		return nil, &diag.Error{Msg: "the merged go.mod has no place: neither HOME nor XDG_CACHE_HOME is set", Hint: "set XDG_CACHE_HOME to a directory that can be written"}
	}
	p := &Pair{Roots: spellings(u.Root, u.Real), top: filepath.Base(u.Top().Path)}
	if u.Work != "" {
		dir := filepath.Dir(u.Work)
		p.work = spellings(dir, Real(dir))
	}
	h := sha256.New()
	for _, s := range append(u.Inputs(), p.Roots...) {
		io.WriteString(h, strconv.Quote(s)+"\n")
	}
	p.Place = filepath.Join(u.Cache, pairsDir, hex.EncodeToString(h.Sum(nil))[:KeyLen])
	return p, nil
}

// spellings returns the paths of one directory.
func spellings(dir, real string) []string {
	if real == dir {
		return []string{dir}
	}
	return []string{dir, real}
}

// VendorDirs returns the vendor directories from which the go command would
// build by itself: the module's and, if the module is in a workspace, that of
// go.work.
func (p *Pair) VendorDirs() []string {
	dirs := p.Roots
	if p.InWork {
		dirs = append(slices.Clip(dirs), p.work...)
	}
	var all []string
	for _, dir := range dirs {
		all = append(all, filepath.Join(dir, "vendor"))
	}
	return all
}

// Known takes the facts from the stamp and reports whether that and the pair
// are up to date. It reads none of the files that u names.
func (p *Pair) Known(u *Use) bool {
	data, err := os.ReadFile(p.stampFile())
	if err != nil || u.Actual != nil {
		return false
	}
	now, _ := filestate.Of(u.Inputs(), time.Time{})
	rest, ok := strings.CutPrefix(string(data), stampHeader+now)
	if !ok {
		return false
	}
	facts, ok := decodeFacts(rest)
	if !ok {
		return false
	}
	for _, dir := range facts.Dirs {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			return false
		}
	}
	p.Facts = *facts
	return p.Ready()
}

func (p *Pair) stampFile() string { return filepath.Join(p.Place, "stamp") }

// Stamp returns the path and the text of the stamp for inputs that are in the
// given state.
func (p *Pair) Stamp(state string) (path, text string) {
	return p.stampFile(), stampHeader + state + p.encode()
}

// Dir returns the directory of the pair.
func (p *Pair) Dir() string { return filepath.Join(p.Place, p.Key) }

// Modfile returns the path of the merged go.mod.
func (p *Pair) Modfile() string { return filepath.Join(p.Dir(), "go.mod") }

// Ready reports whether the pair is in the cache, with all that the go command
// must find there: what cleans caches may take single files.
func (p *Pair) Ready() bool {
	for _, name := range []string{"go.mod", "go.sum", "novendor", "overlay.json", "overlay-novendor.json"} {
		if _, err := os.Stat(filepath.Join(p.Dir(), name)); err != nil {
			return false
		}
	}
	return true
}

// Overlay returns the path of the overlay, a value for -overlay. With vendor,
// the vendor directories are left in sight; without, and if the layers change
// what they must hold, they are hidden, so that the go command does not choose
// one by itself.
func (p *Pair) Overlay(vendor bool) string {
	if vendor || !p.Modules {
		return filepath.Join(p.Dir(), "overlay.json")
	}
	return filepath.Join(p.Dir(), "overlay-novendor.json")
}

// Scratch returns the path of the copy that a command of this process may
// write. It has the name of the uppermost modfile, which the go command shows
// in its messages.
func (p *Pair) Scratch() string {
	return filepath.Join(p.Place, "write-"+strconv.Itoa(os.Getpid()), p.top)
}

// CallsDir is where the overlays of single calls lie, below a pair's Place.
const CallsDir = "calls"

// CallerSuffix ends the name of the file beside a call's own overlay, in the
// place of .json, that has what its caller's overlay says.
const CallerSuffix = ".caller.json"

// CallerOverlay returns the overlay that the caller has if its flag names the
// file: the file itself, or if that is one of ours in the cache directory, which
// a go command has handed to its children, what it was merged with; or "".
func CallerOverlay(cache, file string) string {
	rel, err := filepath.Rel(filepath.Join(cache, pairsDir), file)
	switch {
	case cache == "" || file == "" || err != nil || !filepath.IsLocal(rel) || strings.HasSuffix(file, CallerSuffix):
		return file
	case filepath.Base(filepath.Dir(file)) == CallsDir:
		return strings.TrimSuffix(file, ".json") + CallerSuffix
	}
	return ""
}
