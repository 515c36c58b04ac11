package health

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/userdir"
)

// How long a report may be taken for true. One that says that a proxy does not
// serve is believed only where asking again would cost much, see [Checker.Down].
const (
	upFor   = 5 * time.Minute
	downFor = time.Minute
)

// lifetime returns how long the report may be taken for true: one of a throttled
// proxy, until it wants to be asked again.
func lifetime(r *Report) time.Duration {
	switch {
	case r.State.Serves():
		return upFor
	case r.State == Throttled:
		return min(max(time.Duration(r.RetryAfter)*time.Second, downFor), upFor)
	}
	return downFor
}

// A Store keeps the last reports of the proxies of one chain, and the history of
// their states. The zero Store keeps nothing, and neither does one whose
// directories cannot be written.
type Store struct {
	cache   string // directory of the reports, or ""
	history string // the file of the history, or ""
	key     string // of the chain
	network string // fingerprint
}

// OpenStore returns the store of a chain for a user. What is kept is dropped
// when the chain or the network changes: the addresses of this machine, its name
// servers, the HTTP proxies.
func OpenStore(chain *modroute.Chain, getenv userdir.Getenv) *Store {
	s := &Store{key: keyOf(chain), network: fingerprint(getenv)}
	if dir := userdir.Cache(getenv); dir != "" {
		s.cache = filepath.Join(dir, "health")
	}
	if dir := userdir.State(getenv); dir != "" {
		s.history = filepath.Join(dir, "health", "history.jsonl")
	}
	return s
}

// keyOf returns a hash of what a chain says, without passwords.
func keyOf(chain *modroute.Chain) string {
	h := sha256.New()
	sources := func(list []modroute.Source) {
		for _, s := range list {
			fmt.Fprintf(h, "%q %v\n", Name(s.URL), s.AnyError)
		}
	}
	sources(chain.Proxies)
	for _, r := range chain.Routes {
		fmt.Fprintf(h, "route %q\n", r.Pattern)
		sources(r.Sources)
	}
	fmt.Fprintf(h, "%q %q %q %q %q\n", chain.Private, chain.NoProxy, chain.NoSumdb, chain.Insecure, chain.Sumdb)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// A cacheFile is what a file of the cache holds.
type cacheFile struct {
	Network string   `json:"network"`
	Reports []Report `json:"reports"`
}

// Load returns the reports that are kept, also those that have expired. What
// cannot be read, or is of another network, is not there.
func (s *Store) Load() []Report {
	if s.cache == "" {
		return nil
	}
	var f cacheFile
	data, err := os.ReadFile(s.file())
	if err != nil || json.Unmarshal(data, &f) != nil || f.Network != s.network {
		return nil
	}
	return f.Reports
}

func (s *Store) file() string { return filepath.Join(s.cache, s.key+".json") }

// Save keeps the reports, in the place of older ones of the same proxies, and
// notes in the history which states have changed.
func (s *Store) Save(reports []Report) error {
	if len(reports) == 0 {
		return nil
	}
	err := s.note(reports)
	if s.cache == "" {
		return err
	}
	if err := os.MkdirAll(s.cache, 0o700); err != nil {
		return err
	}
	unlock, lockErr := lockedfile.MutexAt(filepath.Join(s.cache, "lock")).Lock()
	if lockErr != nil {
		return lockErr
	}
	defer unlock()
	kept := s.Load()
	for _, r := range reports {
		i := slices.IndexFunc(kept, func(k Report) bool { return k.Proxy == r.Proxy })
		switch {
		case i < 0:
			kept = append(kept, r)
		case !r.Checked.Before(kept[i].Checked):
			kept[i] = r
		}
	}
	if err := writeJSON(s.file(), cacheFile{s.network, kept}); err != nil {
		return err
	}
	s.prune()
	return err
}

// prune removes what nobody has written for a day: the files of other chains, and
// what killed processes left.
func (s *Store) prune() {
	entries, _ := os.ReadDir(s.cache)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.Name() != "lock" && time.Since(info.ModTime()) > 24*time.Hour {
			os.Remove(filepath.Join(s.cache, e.Name()))
		}
	}
}

// writeJSON replaces a file at once.
func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return replaceFile(path, append(data, '\n'))
}

// replaceFile writes a file beside path and renames it to path, so that who
// reads, and who is killed, leaves or has the old file or the new one.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
