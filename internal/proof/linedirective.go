package proof

import (
	"bytes"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/textfile"
)

// maxSource bounds a source file that is read for its line directives.
const maxSource = 256 << 20

// addLineDirectives adds the names that line directives in the packages' files
// give to code, such as that of a grammar that a parser was generated from
// (cmd/compile, section Compiler Directives).
//
// The compiler takes a relative name as it is written, whatever the directory of
// the file and with -trimpath or not (cmd/compile/internal/noder.trimFilename).
// What cgo rewrites has it below the directory of the file. An absolute one below
// that directory is trimmed with it.
func (s *sources) addLineDirectives(packages []*listed) {
	names := make(map[string]string)
	for _, d := range s.named {
		names[d.here] = d.name
	}
	for _, pkg := range packages {
		for _, file := range pkg.all() {
			data, err := textfile.Read(filepath.Join(pkg.Dir, file), maxSource)
			if err != nil || !bytes.Contains(data, []byte("line ")) {
				continue
			}
			for _, name := range lineDirectives(data) {
				s.files[filepath.ToSlash(name)] = true
				if !path.IsAbs(name) && !filepath.IsAbs(name) {
					s.files[path.Join(names[pkg.Dir], filepath.ToSlash(name))] = true
				} else if rel, err := filepath.Rel(pkg.Dir, name); err == nil && filepath.IsLocal(rel) {
					s.files[path.Join(names[pkg.Dir], filepath.ToSlash(rel))] = true
				}
			}
		}
	}
}

// lineDirectives returns the file names in the line directives of a Go file.
func lineDirectives(data []byte) []string {
	var names []string
	add := func(text string) {
		name := strings.TrimRight(text, "\r\n")
		for range 2 { // file:line or file:line:column
			head, number, found := cutLast(name, ":")
			if _, err := strconv.Atoi(number); !found || err != nil {
				break
			}
			name = head
		}
		if name != "" {
			names = append(names, name)
		}
	}
	for line := range bytes.Lines(data) {
		rest := string(line)
		if text, ok := strings.CutPrefix(rest, "//line "); ok {
			add(text)
			continue
		}
		for {
			_, after, ok := strings.Cut(rest, "/*line ")
			if !ok {
				break
			}
			text, more, _ := strings.Cut(after, "*/")
			add(text)
			rest = more
		}
	}
	return names
}

// cutLast cuts s at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
