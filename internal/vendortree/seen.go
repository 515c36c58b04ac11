package vendortree

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/goshim/goshim/internal/stamp"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/internal/vendorsum"
)

// A seen is what this user has seen to be right of vendor.sum: that a module's files
// have come from the zip that its line names. Vendor.sum alone proves nothing, as
// whoever edits vendor/ can edit it to fit, but the zip has its hash in go.sum. What
// was compared once need not be again, as hashes do not change.
type seen struct {
	path  string // of the file with the keys, "" if there is no cache directory
	keys  map[string]bool
	fresh []string // to be added
}

// maxSeen is the size of the file in bytes from which it begins anew.
const maxSeen = 4 << 20

// openSeen reads what was seen.
func openSeen(getenv userdir.Getenv) *seen {
	s := &seen{keys: make(map[string]bool)}
	cache := userdir.Cache(getenv)
	if cache == "" {
		return s
	}
	s.path = filepath.Join(cache, "vendor-seen")
	if !stamp.BelievesOlder(getenv) {
		return s
	}
	data, err := textfile.Read(s.path, 2*maxSeen)
	if err != nil {
		return s
	}
	for key := range strings.FieldsSeq(string(data)) {
		s.keys[key] = true
	}
	return s
}

// keyOf returns the key of what vendor.sum has of a module, for a main module of the
// go version, which decides what is vendored.
func keyOf(m *vendorsum.Module, goVersion string) string {
	h := sha256.New()
	source := m.Source()
	for _, s := range []string{m.Path, m.Version.Version, source.Path, source.Version, m.Zip, m.List, m.Tree, goVersion} {
		h.Write([]byte(strconv.Quote(s) + "\n"))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

func (s *seen) has(key string) bool { return s.keys[key] }

func (s *seen) add(key string) {
	if !s.keys[key] {
		s.keys[key] = true
		s.fresh = append(s.fresh, key)
	}
}

// close keeps what was added. What cannot be kept is compared again.
func (s *seen) close() {
	if s.path == "" || len(s.fresh) == 0 || os.MkdirAll(filepath.Dir(s.path), 0o700) != nil {
		return
	}
	lockedfile.Transform(s.path, func(old []byte) ([]byte, error) {
		if len(old) > maxSeen {
			old = nil
		}
		keys := slices.Collect(strings.FieldsSeq(string(old)))
		keys = append(keys, s.fresh...)
		slices.Sort(keys)
		return []byte(strings.Join(slices.Compact(keys), "\n") + "\n"), nil
	})
}
