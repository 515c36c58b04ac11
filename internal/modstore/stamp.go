package modstore

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goshim/goshim/internal/filestate"
)

// stamps are the hashes of zips that were read before, by the lines that tell
// the state of the file then. A zip that has the same state still is not read
// again. Without a cache directory nothing is kept.
type stamps struct {
	file  string
	known map[string]string
	now   time.Time
}

const stampHeader = "goshim zips 1\n"

// readStamps returns what is known of the zips of a module cache.
func readStamps(cache string, zips Dir) *stamps {
	s := &stamps{known: make(map[string]string), now: time.Now()}
	if cache == "" {
		return s
	}
	sum := sha256.Sum256([]byte(zips))
	s.file = filepath.Join(cache, "zips", hex.EncodeToString(sum[:16]))
	data, err := os.ReadFile(s.file)
	text, ok := strings.CutPrefix(string(data), stampHeader)
	if err != nil || !ok {
		return s
	}
	for line := range strings.Lines(text) {
		if hash, state, ok := strings.Cut(line, " "); ok && strings.HasSuffix(state, "\n") {
			s.known[state] = hash
		}
	}
	return s
}

// state returns what tells the state of a file, and whether that can be kept.
func (s *stamps) state(path string) (state string, settled bool) {
	return filestate.Of([]string{path}, s.now)
}

// write keeps the hashes by their states. It is no fault if it cannot.
func (s *stamps) write(hashes map[string]string) {
	if s.file == "" || len(hashes) == 0 {
		return
	}
	for state, hash := range hashes {
		s.known[state] = hash
	}
	newest := make(map[string]string) // by path, as only one state of a file is of use
	for state, hash := range s.known {
		path, _, _ := strings.Cut(state, `" `)
		if _, isNew := hashes[state]; isNew || newest[path] == "" {
			newest[path] = hash + " " + state
		}
	}
	lines := []string{}
	for _, line := range newest {
		lines = append(lines, line)
	}
	slices.Sort(lines)
	dir := filepath.Dir(s.file)
	if os.MkdirAll(dir, 0o777) != nil {
		return
	}
	tmp, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return
	}
	_, err = tmp.WriteString(stampHeader + strings.Join(lines, ""))
	if tmp.Close() != nil || err != nil || os.Rename(tmp.Name(), s.file) != nil {
		os.Remove(tmp.Name())
	}
}
