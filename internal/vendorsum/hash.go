package vendorsum

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Hashed is a file with the SHA-256 of its content.
type Hashed struct {
	Name string // as in [File]
	Sum  [sha256.Size]byte
}

// SetFiles sets Tree and Files by what is vendored of the module. It sorts files.
func (m *Module) SetFiles(files []Hashed) {
	slices.SortFunc(files, func(a, b Hashed) int { return cmp.Compare(a.Name, b.Name) })
	m.Tree, m.Files = Tree(files), nil
	for _, f := range files {
		m.Files = append(m.Files, File{f.Name, Print(f.Sum)})
	}
}

// Tree returns the hash of files, which are sorted by name, or "" if there are
// none. It is the Hash1 of golang.org/x/mod/sumdb/dirhash, and so the hash in
// go.sum if they are those of a module's zip. Names that this refuses are quoted.
func Tree(files []Hashed) string {
	if len(files) == 0 {
		return ""
	}
	h := sha256.New()
	for _, f := range files {
		name := f.Name
		if strings.Contains(name, "\n") || strings.HasPrefix(name, `"`) {
			name = strconv.Quote(name)
		}
		fmt.Fprintf(h, "%x  %s\n", f.Sum, name)
	}
	return h1(h.Sum(nil))
}

// Text returns the hash of a text, such as the lines of a module in modules.txt.
func Text(text []byte) string {
	sum := sha256.Sum256(text)
	return h1(sum[:])
}

func h1(sum []byte) string { return "h1:" + base64.StdEncoding.EncodeToString(sum) }

// Print returns the fingerprint of a file by the SHA-256 of its content: 64 bits
// of it. They are too few to rely on: that is what [Module.Tree] is for.
func Print(sum [sha256.Size]byte) string { return base64.RawURLEncoding.EncodeToString(sum[:8]) }
