package modstore

import (
	"os"
	"strings"

	"golang.org/x/mod/module"

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
