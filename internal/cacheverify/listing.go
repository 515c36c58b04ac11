package cacheverify

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/ownfile"
	"github.com/goshim/goshim/internal/parhash"
	"github.com/goshim/goshim/internal/sumstore"
	"github.com/goshim/goshim/internal/textfile"
)

// A Listing is what module versions consist of. It says nothing about where they
// lie, so that it serves to verify any other cache.
type Listing map[module.Version]*Listed

// A Listed is what a module version consists of.
type Listed struct {
	Files []sumstore.File // of its zip; none if only the .mod file is known
	Mod   *sumstore.File  // its .mod file, or nil
}

// want returns what is verified by it.
func (l *Listed) want(m module.Version) *want {
	w := &want{Version: m, onlyMod: len(l.Files) == 0, files: l.Files}
	if !w.onlyMod {
		w.zipSums = []string{h1Of(m.String()+"/", l.Files)}
	}
	if l.Mod != nil {
		w.modSums = []string{parhash.H1([]string{"go.mod"}, []parhash.Hash{l.Mod.Hash})}
	}
	return w
}

// listing returns the listing of what was found in order.
func (v *verification) listing() Listing {
	all := make(Listing)
	for m, r := range v.good {
		l := &Listed{Files: r.Files}
		if data, err := textfile.Read(v.dir.File(m, "mod"), modzip.MaxGoMod); err == nil {
			mod := sumstore.File{Hash: sha256.Sum256(data)}
			if parhash.H1([]string{"go.mod"}, []parhash.Hash{mod.Hash}) == r.Mod {
				l.Mod = &mod
			}
		}
		if len(l.Files) > 0 || l.Mod != nil {
			all[m] = l
		}
	}
	return all
}

// Write writes the listing as text, sorted, a line for each file: its key and
// the SHA-256 of its content. The key is MODULE@VERSION/FILE, or
// MODULE@VERSION.mod for the .mod file.
func (l Listing) Write(to io.Writer) error {
	var lines []string
	line := func(key string, f *sumstore.File) {
		lines = append(lines, key+" "+hex.EncodeToString(f.Hash[:])+"\n")
	}
	for m, listed := range l {
		if listed.Mod != nil {
			line(m.String()+".mod", listed.Mod)
		}
		for i := range listed.Files {
			line(m.String()+"/"+listed.Files[i].Name, &listed.Files[i])
		}
	}
	slices.Sort(lines)
	w := bufio.NewWriter(to)
	for _, line := range lines {
		w.WriteString(line)
	}
	return w.Flush()
}

// OwnListing is a file of a listing as goshim knows its own.
var OwnListing = ownfile.Kind{What: "a listing of hashes", IsOwn: func(text []byte) bool {
	_, err := ParseListing(text, "")
	return err == nil
}}

const exportHint = "goshim verify modcache --export FILE writes such a file"

// ParseListing reads what Write wrote. Errors name the line, with the file name
// that users know. A listing of nothing, which would pass every cache, is one.
func ParseListing(data []byte, name string) (Listing, error) {
	all := make(Listing)
	seen := make(map[string]bool)
	n := 0
	fault := func(err error) error {
		return &diag.Error{Pos: diag.Pos{File: name, Line: n, Col: 1}, Msg: err.Error(), Hint: exportHint}
	}
	for line := range strings.Lines(string(data)) {
		n++
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			continue
		}
		m, file, isMod, err := parseLine(line)
		if err != nil {
			return nil, fault(err)
		}
		key := line[:strings.LastIndex(line, " ")]
		if seen[key] {
			return nil, fault(fmt.Errorf("%q is there twice", key))
		}
		seen[key] = true
		l := all[m]
		if l == nil {
			l = &Listed{}
			all[m] = l
		}
		if isMod {
			l.Mod = &file
		} else {
			l.Files = append(l.Files, file)
		}
	}
	if len(all) == 0 {
		return nil, &diag.Error{Pos: diag.Pos{File: name}, Msg: "it lists no file", Hint: exportHint}
	}
	for _, l := range all {
		sortFiles(l.Files)
	}
	return all, nil
}

// parseLine reads a line of a listing. The key may have spaces.
func parseLine(line string) (m module.Version, f sumstore.File, isMod bool, err error) {
	malformed := fmt.Errorf("%q is not a key and a hash", line)
	space := strings.LastIndex(line, " ")
	if space < 0 {
		return m, f, false, malformed
	}
	sum := line[space+1:]
	path, rest, ok := strings.Cut(line[:space], "@")
	if !ok {
		return m, f, false, malformed
	}
	hash, err := hex.DecodeString(sum)
	if err != nil || len(hash) != len(f.Hash) {
		return m, f, false, malformed
	}
	copy(f.Hash[:], hash)
	version, name, inZip := strings.Cut(rest, "/")
	if !inZip {
		if version, isMod = strings.CutSuffix(rest, ".mod"); !isMod {
			return m, f, false, malformed
		}
	} else if name == "" {
		return m, f, false, malformed
	}
	f.Name = name
	m = module.Version{Path: path, Version: version}
	if _, err := module.EscapePath(path); err != nil {
		return m, f, false, err
	}
	if _, err := module.EscapeVersion(version); err != nil {
		return m, f, false, err
	}
	return m, f, isMod, nil
}
