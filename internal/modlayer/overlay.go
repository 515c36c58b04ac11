package modlayer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/modpair"
)

// replaced returns the entries of the overlay, each from the absolute path of
// a file to that of its content.
func (b *Build) replaced(vendor bool) map[string]string {
	m := make(map[string]string)
	for _, root := range b.Roots {
		m[filepath.Join(root, "go.mod")] = filepath.Join(b.Dir(), "go.mod")
		if b.HasSum {
			m[filepath.Join(root, "go.sum")] = filepath.Join(b.Dir(), "go.sum")
		}
	}
	if !vendor && b.Modules {
		for _, dir := range b.VendorDirs() {
			m[dir] = filepath.Join(b.Dir(), "novendor") // a file: then it is not a directory
		}
	}
	return m
}

// Combine returns the path of an overlay that is the pair's and the caller's
// in one, and the function that writes it and, beside it, the caller's alone
// (see [modpair.CallerOverlay]). It is a call's own, because an editor's
// overlay is.
func (b *Build) Combine(vendor bool, caller map[string]string) (path string, write func() error) {
	m := maps.Clone(caller)
	for _, root := range b.Roots {
		for _, name := range []string{"go.mod", "go.sum"} {
			delete(m, filepath.Join(root, name))
		}
	}
	maps.Copy(m, b.replaced(vendor))
	text, alone := encodeOverlay(m), encodeOverlay(caller)
	h := sha256.Sum256([]byte(text + alone))
	base := filepath.Join(b.Place, modpair.CallsDir, hex.EncodeToString(h[:])[:modpair.KeyLen])
	return base + ".json", func() error {
		if err := os.MkdirAll(filepath.Dir(base), 0o700); err != nil {
			return cacheError(err)
		}
		if err := writeFile(base+modpair.CallerSuffix, alone); err != nil {
			return cacheError(err)
		}
		return cacheError(writeFile(base+".json", text))
	}
}

// encodeOverlay returns the JSON of an overlay (cmd/go/internal/fsys).
func encodeOverlay(m map[string]string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	if err := enc.Encode(struct{ Replace map[string]string }{m}); err != nil {
		panic(err) // strings can be encoded
	}
	return b.String()
}
