package modstore

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/goshim/goshim/internal/gosum"
)

// Sums are the hashes of a go.sum, of the algorithm h1: those of modules, and
// with "/go.mod" behind the version those of their go.mod.
type Sums map[module.Version]string

// ParseSums reads a go.sum.
func ParseSums(data []byte) Sums {
	sums := make(Sums)
	for m, hash := range gosum.Lines(data) {
		if strings.HasPrefix(hash, "h1:") {
			sums[m] = hash
		}
	}
	return sums
}

// GoMod returns the hash of the go.mod of m, or "".
func (s Sums) GoMod(m module.Version) string {
	return s[module.Version{Path: m.Path, Version: m.Version + "/go.mod"}]
}

// An Altered is a zip that is not what go.sum says.
type Altered struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Zip     string `json:"zip"`  // where it lies
	Have    string `json:"have"` // its hash, or why it has none
	Want    string `json:"want"`
}

// AddHashed adds, for those of the modules that have no sum, the hash of the
// zip that the directory has noted of it when it came (go mod verify goes by
// that alone).
func (s Sums) AddHashed(d Dir, modules []module.Version) {
	for _, m := range modules {
		if s[m] != "" {
			continue
		}
		if data, err := os.ReadFile(d.File(m, ZipHash)); err == nil {
			s[m] = strings.TrimSpace(string(data))
		}
	}
}

// Verify hashes the zips that are there of the modules, and returns those that
// have another hash than the sums say, by path, and how many there are. One that
// has no sum is not looked at. The hashes are kept in goshim's cache directory, if
// that is not "", so that a zip that is as it was need not be read again.
func (d Dir) Verify(cache string, modules []module.Version, sums Sums) (altered []Altered, checked int) {
	var (
		stamps = readStamps(cache, d)
		fresh  = make(map[string]string)
		mu     sync.Mutex
		wait   sync.WaitGroup
		work   = make(chan module.Version)
	)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for m := range work {
				zip := d.File(m, Zip)
				state, settled := stamps.state(zip)
				have := stamps.known[state]
				isKnown := have != ""
				if !isKnown {
					have = hashZip(zip)
				}
				mu.Lock()
				if !isKnown && settled && strings.HasPrefix(have, "h1:") {
					fresh[state] = have
				}
				if have != sums[m] {
					altered = append(altered, Altered{m.Path, m.Version, zip, have, sums[m]})
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range modules {
		if sums[m] != "" && d.Has(m, Zip) {
			checked++
			work <- m
		}
	}
	close(work)
	wait.Wait()
	stamps.write(fresh)
	slices.SortFunc(altered, func(a, b Altered) int { return strings.Compare(a.Path+" "+a.Version, b.Path+" "+b.Version) })
	return altered, checked
}

// hashZip returns the hash of a zip, or why it has none.
func hashZip(zip string) string {
	hash, err := dirhash.HashZip(zip, dirhash.Hash1)
	if err != nil {
		return err.Error()
	}
	return hash
}
