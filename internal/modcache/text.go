package modcache

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/rogpeppe/go-internal/robustio"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/textfile"
)

// A revInfo is what a .info file holds: modfetch.RevInfo.
type revInfo struct {
	Version string
	Time    time.Time
	Origin  *origin `json:",omitempty"`
}

// An origin is a codehost.Origin.
type origin struct {
	VCS       string `json:",omitempty"`
	URL       string `json:",omitempty"`
	Subdir    string `json:",omitempty"`
	Hash      string `json:",omitempty"`
	TagPrefix string `json:",omitempty"`
	TagSum    string `json:",omitempty"`
	Ref       string `json:",omitempty"`
	RepoSum   string `json:",omitempty"`
}

// WriteInfo writes the .info file of a version, given what a proxy answers for
// it. As in modfetch.writeDiskStat, what a proxy adds is left out. No sum
// covers the file.
func (c *Cache) WriteInfo(m module.Version, data []byte) error {
	var info revInfo
	if err := json.Unmarshal(data, &info); err != nil {
		return fmt.Errorf("the proxy's answer is not JSON: %w", err)
	}
	if info.Version != m.Version {
		return fmt.Errorf("the proxy describes version %q", info.Version)
	}
	if o := info.Origin; o != nil {
		o.TagSum, o.TagPrefix, o.RepoSum = "", "", ""
		if module.IsPseudoVersion(info.Version) {
			o.Ref = ""
		}
	}
	text, err := json.Marshal(&info)
	if err != nil {
		return err
	}
	path, err := c.Path(m, modstore.Info)
	if err != nil {
		return err
	}
	return replace(path, func(f *os.File) error {
		_, err := f.Write(text)
		return err
	})
}

// HasInfo reports whether the .info file of a version is there and can be read. For
// one that cannot, the go command asks a proxy again.
func (c *Cache) HasInfo(m module.Version) bool {
	path, err := c.Path(m, modstore.Info)
	if err != nil {
		return false
	}
	data, err := textfile.Read(path, 1<<20)
	var info struct{ Version string }
	return err == nil && json.Unmarshal(data, &info) == nil && info.Version == m.Version
}

// ReadMod returns the .mod file of a version.
func (c *Cache) ReadMod(m module.Version) ([]byte, error) {
	path, err := c.Path(m, modstore.Mod)
	if err != nil {
		return nil, err
	}
	return robustio.ReadFile(path)
}

// AddMod puts the .mod file of a version into the cache, if it has one of the
// sums, and adds the version to the list. The function fetch is that of
// [Cache.AddZip]; the error of check may be a [*SumError].
func (c *Cache) AddMod(m module.Version, sums []string, fetch func(dst *os.File, check func() error) error) error {
	path, err := c.Path(m, modstore.Mod)
	if err != nil {
		return err
	}
	err = replace(path, func(f *os.File) error {
		return fetch(f, func() error { return checkMod(m, f, sums) })
	})
	if err != nil {
		return err
	}
	return c.WriteList(m)
}

func checkMod(m module.Version, f *os.File, sums []string) error {
	sum, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(f, 0, 1<<62)), nil
	})
	if err == nil && !slices.Contains(sums, sum) {
		err = &SumError{module.Version{Path: m.Path, Version: m.Version + "/go.mod"}, sum, sums}
	}
	return err
}

// A SumError is a file that is not the one that go.sum means.
type SumError struct {
	Module module.Version // with the suffix /go.mod for the .mod file
	Got    string
	Want   []string // of go.sum
}

func (e *SumError) Error() string {
	return fmt.Sprintf("checksum mismatch: it has %s, and go.sum says %s", e.Got, strings.Join(e.Want, " or "))
}

// tempMark is in the names of the temporary files of .info and .mod files, so
// that those that a killed process left can be told from a go command's.
const tempMark = ".goshim"

// replace writes a file as modfetch.writeDiskCache does: under another name,
// and then it is renamed.
func replace(path string, write func(*os.File) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := tempFile(path + tempMark)
	if err != nil {
		return err
	}
	err = write(f)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = robustio.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// tempFile makes a new file whose name begins with the path. Unlike one of
// os.CreateTemp, others may read it as far as the umask lets them.
func tempFile(path string) (*os.File, error) {
	for {
		name := path + strconv.Itoa(rand.IntN(1e9)) + ".tmp"
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if !os.IsExist(err) {
			return f, err
		}
	}
}

// WriteList writes the list of the versions of a module that have a .mod file.
func (c *Cache) WriteList(m module.Version) error {
	path, err := c.Path(m, modstore.Mod)
	if err != nil {
		return err
	}
	return writeList(filepath.Dir(path))
}

// writeList writes the list of the versions that have a .mod file in the
// directory of a module, as modfetch.rewriteVersionList does.
func writeList(dir string) (err error) {
	f, err := lockedfile.Edit(filepath.Join(dir, "list"))
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var versions []string
	for _, entry := range entries {
		if v, ok := strings.CutSuffix(entry.Name(), ".mod"); ok && v != "" && module.CanonicalVersion(v) == v {
			versions = append(versions, v)
		}
	}
	semver.Sort(versions)
	var list []byte
	for _, v := range versions {
		list = append(append(list, v...), '\n')
	}
	if old, err := io.ReadAll(f); err == nil && bytes.Equal(old, list) {
		return nil
	}
	// A file that is cut short ends in zero bytes, and is known by them.
	if err := f.Truncate(0); err != nil {
		return err
	}
	if err := f.Truncate(int64(len(list))); err != nil {
		return err
	}
	if _, err := f.WriteAt(list, 0); err != nil {
		f.Truncate(0)
		return err
	}
	return nil
}

// Tidy clears away what a [Warmer] that was killed left in the directories of
// these modules, and writes their lists. The caller is a Warmer.
func (c *Cache) Tidy(modules []module.Version) {
	seen := make(map[string]bool)
	for _, m := range modules {
		path, err := c.Path(m, modstore.Mod)
		if err != nil || seen[filepath.Dir(path)] {
			continue
		}
		dir := filepath.Dir(path)
		seen[dir] = true
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		hasMod := false
		for _, entry := range entries {
			name := entry.Name()
			if strings.Contains(name, tempMark) && strings.HasSuffix(name, ".tmp") {
				os.Remove(filepath.Join(dir, name))
			}
			hasMod = hasMod || strings.HasSuffix(name, ".mod")
		}
		if hasMod {
			writeList(dir)
		}
	}
}
