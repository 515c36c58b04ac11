// Package stamp remembers that files were looked at and found in order, so that
// a few stat calls tell it the next time. A stamp is a file in goshim's cache
// directory.
package stamp

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/goshim/goshim/internal/filestate"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/internal/userdir"
)

// A Stamp is fresh as long as the files are as they were when it was written. A
// nil Stamp, where there is no cache directory, never is.
type Stamp struct {
	path string
	also []string
}

// DirVar is the variable by which a command gives those that it starts another
// directory for stamps, an empty one, so that they believe what they have found
// themselves and nothing older: no stamp, and no record of package sumstore.
const DirVar = "GOSHIM_STAMPS"

// Dir returns the directory of stamps, or "" if there is none.
func Dir(getenv userdir.Getenv) string {
	if dir := getenv(DirVar); filepath.IsAbs(dir) {
		return dir
	}
	return userdir.Cache(getenv)
}

// BelievesOlder reports whether what earlier commands found counts.
func BelievesOlder(getenv userdir.Getenv) bool { return !filepath.IsAbs(getenv(DirVar)) }

const (
	header   = "goshim stamp 1\n"
	noteVerb = "note "
	maxSize  = 32 << 20 // in bytes
)

// New returns a stamp of the given kind, in the directory that [Dir] returns. The key names
// all that the finding depends on and that is no file. If one of the files of
// also changes, the stamp is void, too; they may be young when it is written.
func New(cache, kind string, also []string, key ...string) *Stamp {
	if cache == "" {
		return nil
	}
	h := sha256.New()
	for _, s := range append(key, also...) {
		io.WriteString(h, strconv.Quote(s)+"\n")
	}
	return &Stamp{filepath.Join(cache, "stamp", kind+"-"+hex.EncodeToString(h.Sum(nil))[:32]), also}
}

// Fresh reports whether the stamp was written and no file has changed since.
func (s *Stamp) Fresh() bool {
	_, ok := s.Note()
	return ok
}

// Note returns what the one that wrote the stamp noted, if it is fresh.
func (s *Stamp) Note() (note string, fresh bool) {
	if s == nil {
		return "", false
	}
	if userdir.CheckOwn(filepath.Dir(s.path), s.path) != nil {
		return "", false // others may have written it
	}
	data, err := textfile.Read(s.path, maxSize)
	if err != nil {
		return "", false
	}
	rest, ok := strings.CutPrefix(string(data), header)
	if line, ok := strings.CutPrefix(rest, noteVerb); ok {
		line, rest, _ = strings.Cut(line, "\n")
		if note, err = strconv.Unquote(line); err != nil {
			return "", false
		}
	}
	return note, ok && rest != "" && filestate.Unchanged(rest)
}

// Write writes the stamp for files that were found in order when they were in
// the state that [State] returned, if they still are, and if that state would tell
// of every edit. A stamp that cannot be written is only a stamp less.
func (s *Stamp) Write(state string) { s.WriteNote(state, "") }

// hidesWrites is another function in tests, whose files may lie anywhere.
var hidesWrites = filestate.HidesWrites

// WriteNote does what Write does, and notes something for [Stamp.Note].
func (s *Stamp) WriteNote(state, note string) {
	if s == nil || state == "" || hidesWrites(state) || !filestate.Unchanged(state) || userdir.MakeDir(filepath.Dir(s.path)) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(s.path), "new-")
	if err != nil {
		return
	}
	also, _ := filestate.Of(s.also, time.Time{})
	if note != "" {
		note = noteVerb + strconv.Quote(note) + "\n"
	}
	_, err = io.WriteString(f, header+note+also+state)
	if f.Close() != nil || err != nil || os.Rename(f.Name(), s.path) != nil {
		os.Remove(f.Name())
	}
	clearOld(filepath.Dir(s.path))
}

// maxAge is how long a stamp, or what a killed process left, is kept. One that
// is still of use is then written again.
const maxAge = 30 * 24 * time.Hour

// clearOld removes old files from the directory of stamps: those of projects
// that are gone, for example.
func clearOld(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > maxAge {
			os.Remove(filepath.Join(dir, entry.Name()))
		}
	}
}

// State returns the state of the files, or "" if one of them is so young that
// it could change again without showing it.
func State(files []string) string {
	text, settled := filestate.Of(files, time.Now())
	if !settled {
		return ""
	}
	return text
}

// Claim reports whether nobody has claimed the stamp for that long, and claims
// it: of several processes one begins what leads to the stamp.
func (s *Stamp) Claim(d time.Duration) bool {
	if s == nil || userdir.MakeDir(filepath.Dir(s.path)) != nil {
		return false
	}
	name := s.path + ".claim"
	if info, err := os.Stat(name); err == nil {
		if time.Since(info.ModTime()) < d {
			return false
		}
		os.Remove(name)
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return false
	}
	return f.Close() == nil
}
