package proof

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// addLineDirectives adds the names that line directives in the packages' files
// give to code, such as that of a grammar that a parser was generated from
// (cmd/compile, section Compiler Directives).
func (s *sources) addLineDirectives(packages []*listed) {
	names := make(map[string]string)
	for _, d := range s.named {
		names[d.here] = d.name
	}
	for _, pkg := range packages {
		for _, file := range pkg.all() {
			data, err := os.ReadFile(filepath.Join(pkg.Dir, file))
			if err != nil || !bytes.Contains(data, []byte("line ")) {
				continue
			}
			for _, name := range lineDirectives(data) {
				if !path.IsAbs(name) && !filepath.IsAbs(name) {
					name = path.Join(names[pkg.Dir], name)
				}
				s.files[filepath.ToSlash(name)] = true
			}
		}
	}
}

// lineDirectives returns the file names in the line directives of a Go file.
func lineDirectives(data []byte) []string {
	var names []string
	for line := range bytes.Lines(data) {
		text, ok := strings.CutPrefix(string(line), "//line ")
		if !ok {
			_, text, ok = strings.Cut(string(line), "/*line ")
			text, _, _ = strings.Cut(text, "*/")
		}
		if !ok {
			continue
		}
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
	return names
}

// cutLast cuts s at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
