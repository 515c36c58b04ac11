package git

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	maxAlternateDepth = 5 // as in git
	maxAlternates     = 128
)

// findDirs adds to s.dirs, once, the directories in objects/info/alternates
// and what these name in turn (gitrepository-layout(5)).
func (s *store) findDirs() error {
	if s.linked {
		return nil
	}
	s.linked = true
	return s.addAlternates(s.dirs[0], 0)
}

func (s *store) addAlternates(dir string, depth int) error {
	path := filepath.Join(dir, "info", "alternates")
	data, err := readFile(path)
	if isAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, alt := range parseAlternates(string(data)) {
		alt = join(dir, alt)
		if slices.Contains(s.dirs, alt) {
			continue
		}
		if depth == maxAlternateDepth || len(s.dirs) > maxAlternates {
			return fileErrorf(path, "too many alternates")
		}
		s.dirs = append(s.dirs, alt)
		if err := s.addAlternates(alt, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// parseAlternates returns the paths in an alternates file: one in each line,
// perhaps quoted as in C, or a comment with #.
func parseAlternates(data string) []string {
	var paths []string
	for line := range strings.Lines(data) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if path, err := strconv.Unquote(line); err == nil && line[0] == '"' {
			line = path
		}
		if !strings.Contains(line, "\x00") {
			paths = append(paths, line)
		}
	}
	return paths
}
