package relay

import (
	"archive/zip"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/goshim/goshim/internal/gosum"
	"github.com/goshim/goshim/internal/modcache"
)

// sums are the go.sum files of the commands that use a relay.
type sums struct {
	mu    sync.Mutex
	files map[string]*sumFile
}

// A sumFile is a go.sum, read again when it changes.
type sumFile struct {
	leases int
	size   int64
	mtime  time.Time
	lines  map[string][]string // "module version" or "module version/go.mod" to hashes
}

func (s *sums) add(names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		if s.files == nil {
			s.files = make(map[string]*sumFile)
		}
		if s.files[name] == nil {
			s.files[name] = &sumFile{}
		}
		s.files[name].leases++
	}
}

func (s *sums) drop(names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		if f := s.files[name]; f != nil {
			if f.leases--; f.leases == 0 {
				delete(s.files, name)
			}
		}
	}
}

// known returns the hashes that the files have for a key. What cannot be read
// is the go command's to report.
func (s *sums) known(key string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var hashes []string
	for name, f := range s.files {
		if info, err := os.Stat(name); err != nil || info.Size() != f.size || !info.ModTime().Equal(f.mtime) {
			f.lines = nil
			if err == nil {
				f.size, f.mtime, f.lines = info.Size(), info.ModTime(), readSum(name)
			}
		}
		hashes = append(hashes, f.lines[key]...)
	}
	return hashes
}

// readSum reads a go.sum.
func readSum(name string) map[string][]string {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	lines := make(map[string][]string)
	for m, hash := range gosum.Lines(data) {
		key := m.Path + " " + m.Version
		lines[key] = append(lines[key], hash)
	}
	return lines
}

// check reports a zip or a modfile that go.sum rules out.
func (s *sums) check(file string, body *os.File) error {
	escaped, rest, _ := strings.Cut(file, "/@v/")
	mod, err := module.UnescapePath(escaped)
	if err != nil {
		return err
	}
	ext := path.Ext(rest)
	version, err := module.UnescapeVersion(strings.TrimSuffix(rest, ext))
	if err != nil {
		return err
	}
	key, hash := mod+" "+version, hashZip
	if ext == ".mod" {
		key, hash = key+"/go.mod", hashMod
	}
	want := s.known(key)
	if !slices.ContainsFunc(want, func(h string) bool { return strings.HasPrefix(h, "h1:") }) {
		return nil
	}
	got, err := hash(body)
	if err != nil || slices.Contains(want, got) {
		return err
	}
	want = slices.DeleteFunc(want, func(h string) bool { return !strings.HasPrefix(h, "h1:") })
	return &modcache.SumError{Module: module.Version{Path: mod, Version: strings.TrimPrefix(key, mod+" ")}, Got: got, Want: want}
}

// hashZip is [dirhash.HashZip] of an open file.
func hashZip(f *os.File) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return "", err
	}
	var names []string
	byName := make(map[string]*zip.File)
	for _, entry := range z.File {
		names = append(names, entry.Name)
		byName[entry.Name] = entry
	}
	return dirhash.Hash1(names, func(name string) (io.ReadCloser, error) { return byName[name].Open() })
}

// hashMod is cmd/go/internal/modfetch.goModSum of an open file.
func hashMod(f *os.File) (string, error) {
	return dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(f, 0, 1<<62)), nil
	})
}
