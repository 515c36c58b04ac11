package warm

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/modcache"
)

// A Summary says what was done.
type Summary struct {
	Modules    []Module         // that were missing, as a whole or in part
	Downloaded int              // files
	Bytes      int64            // fetched
	Elapsed    time.Duration    // with waiting for another warm
	ByGo       []module.Version // that the go command fetched
	Wanted     []module.Version // all that should be in the cache now
	Broken     []module.Version // whose .info file was there and could not be read, so that it is fetched again
}

// addBroken notes the files that are there and of no use.
func (s *Summary) addBroken(cache *modcache.Cache, texts []*file) {
	for _, f := range texts {
		if f.ext == "info" && cache.Has(f.Version, f.ext) && !slices.Contains(s.Broken, f.Version) {
			s.Broken = append(s.Broken, f.Version)
		}
	}
}

// A Module is one of which something was fetched.
type Module struct {
	module.Version
	Files      []string // "mod", "info", "zip"
	Sources    []string // where they came from
	Bytes      int64
	VerifiedBy string // "go.sum", or "" if only its .info file was fetched, which nothing vouches for
}

// A Failure is a file that could not be had.
type Failure struct {
	Path, Version string
	What          string // "mod", "info" or "zip"
	Err           error
}

func (f *Failure) Error() string { return f.Path + "@" + f.Version + ": " + f.Err.Error() }

// An IncompleteError says what could not be had. What is not named is there,
// or was not tried after too many failures.
type IncompleteError struct {
	Failures []Failure
	NotTried int // files
}

func (e *IncompleteError) Error() string {
	var all []string
	for _, f := range e.Failures {
		all = append(all, f.Error())
	}
	return strings.Join(all, "; ")
}

// add adds what an engine fetched.
func (s *Summary) add(results []result) {
	index := make(map[module.Version]int)
	for i, m := range s.Modules {
		index[m.Version] = i
	}
	for _, r := range results {
		i, ok := index[r.Version]
		if !ok {
			i = len(s.Modules)
			index[r.Version] = i
			s.Modules = append(s.Modules, Module{Version: r.Version})
		}
		m := &s.Modules[i]
		m.Files = append(m.Files, r.ext)
		if !slices.Contains(m.Sources, r.source) {
			m.Sources = append(m.Sources, r.source)
		}
		m.Bytes += r.bytes
		if r.ext != "info" {
			m.VerifiedBy = "go.sum"
		}
		s.Downloaded++
		s.Bytes += r.bytes
	}
	slices.SortFunc(s.Modules, func(a, b Module) int {
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return semver.Compare(a.Version.Version, b.Version.Version)
	})
	for i := range s.Modules {
		slices.Sort(s.Modules[i].Files)
	}
}
