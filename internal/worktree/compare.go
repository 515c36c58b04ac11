package worktree

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/goshim/goshim/internal/textfile"
)

// A fileState is how a file compares with what the commit has.
type fileState struct {
	absent    bool
	otherMode bool   // another kind of file, or another bit for its execution
	hash      string // of its content, as git would name it without conversions; "" if it is no file or link
	change    Change // Kind is "" if it is the same
}

// A comparer compares files with blobs.
type comparer struct {
	t       *Tree
	modes   bool // the file system has a bit for execution
	links   bool // the file system has links
	newHash func() hash.Hash
}

// compare compares the files at the paths of what a commit has, but for
// submodules. Not one file is taken to be as it was because of its times: who may
// write a file may set those, and the index that says what they were.
func (t *Tree) compare(head map[string]blob) (map[string]fileState, error) {
	c, err := t.comparer(head)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(head))
	for name, b := range head {
		if b.mode != modeSubmodule {
			names = append(names, name)
		}
	}
	links := t.linkedDirs(names)
	states, errs := make([]fileState, len(names)), make([]error, len(names))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(2*runtime.GOMAXPROCS(0), len(names)) {
		wait.Go(func() {
			buf := make([]byte, 64<<10)
			for i := int(next.Add(1)) - 1; i < len(names); i = int(next.Add(1)) - 1 {
				if links[path.Dir(names[i])] {
					states[i] = fileState{absent: true} // git has a directory there
					continue
				}
				states[i], errs[i] = c.file(names[i], head[names[i]], buf)
			}
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	files := make(map[string]fileState, len(names))
	for i, name := range names {
		files[name] = states[i]
	}
	return files, t.convert(head, files)
}

// comparer reads what the settings say of the file system. Those of the repository
// can hide nothing but the bit for execution.
func (t *Tree) comparer(head map[string]blob) (*comparer, error) {
	c := &comparer{t: t, modes: runtime.GOOS != "windows", links: runtime.GOOS != "windows", newHash: sha1.New}
	for _, b := range head {
		if len(b.hash) == 2*sha256.Size {
			c.newHash = sha256.New
		}
		break
	}
	mode, err := t.Config("core.fileMode", "--bool")
	c.modes = c.modes && mode != "false"
	return c, err
}

// linkedDirs returns the directories of the names that are links, or behind one.
func (t *Tree) linkedDirs(names []string) map[string]bool {
	known := map[string]bool{".": false}
	var isLink func(dir string) bool
	isLink = func(dir string) bool {
		is, ok := known[dir]
		if !ok {
			is = isLink(path.Dir(dir))
			if !is {
				info, err := os.Lstat(t.Path(dir))
				is = err == nil && info.Mode()&fs.ModeSymlink != 0
			}
			known[dir] = is
		}
		return is
	}
	for _, name := range names {
		isLink(path.Dir(name))
	}
	return known
}

// file compares one file.
func (c *comparer) file(name string, b blob, buf []byte) (fileState, error) {
	full := c.t.Path(name)
	info, err := os.Lstat(full)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return fileState{absent: true}, nil
	}
	if err != nil {
		return fileState{}, err
	}
	modified := fileState{otherMode: true, change: Change{Kind: Modified}}
	isLink := info.Mode()&fs.ModeSymlink != 0
	switch {
	case isLink && b.mode == modeLink:
		return c.link(full, b)
	case isLink, !info.Mode().IsRegular(), b.mode == modeLink && c.links:
		return modified, nil
	}
	s := fileState{otherMode: c.modes && b.mode != modeLink && (b.mode == "100755") != (info.Mode()&0o100 != 0)}
	if s.hash, err = c.hashFile(full, info.Size(), buf); err != nil {
		return s, err
	}
	if s.hash != b.hash || s.otherMode {
		s.change.Kind = Modified
	}
	return s, nil
}

// hashFile returns the hash of a file as git names its content. One that changes
// its size meanwhile has none that git knows.
func (c *comparer) hashFile(full string, size int64, buf []byte) (string, error) {
	f, err := textfile.Open(full)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := c.blobHash(size)
	if _, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{f}, buf); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// blobHash returns the hash of a blob of that many bytes, which are to be written.
func (c *comparer) blobHash(size int64) hash.Hash {
	h := c.newHash()
	io.WriteString(h, "blob "+strconv.FormatInt(size, 10)+"\x00")
	return h
}

func (c *comparer) hashOf(data []byte) string {
	h := c.blobHash(int64(len(data)))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

// link compares a link, and looks where it leads.
func (c *comparer) link(full string, b blob) (fileState, error) {
	target, err := os.Readlink(full)
	if err != nil {
		return fileState{}, err
	}
	s := fileState{hash: c.hashOf([]byte(filepath.ToSlash(target)))}
	switch {
	case s.hash != b.hash:
		s.change.Kind = Modified
	case c.t.leadsOutside(full, target):
		s.change = Change{Kind: Outside, Why: target}
	}
	return s, nil
}

// leadsOutside reports whether a link leads to what no commit of the checkout has:
// out of it, to an absolute path, which is another one elsewhere, or into .git.
func (t *Tree) leadsOutside(link, target string) bool {
	if filepath.IsAbs(target) {
		return true
	}
	places := []string{filepath.Join(filepath.Dir(link), target)}
	if real, err := filepath.EvalSymlinks(link); err == nil {
		places = append(places, real)
	}
	for _, place := range places {
		rel, err := filepath.Rel(t.Within, place)
		if err != nil || !filepath.IsLocal(rel) {
			return true
		}
		first, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
		if strings.EqualFold(first, ".git") {
			return true
		}
	}
	return false
}
