// Package vendortree reads vendor/ and tells whether it is what go.sum says: by
// vendor.sum, which needs nothing else, and by the zips of modules in the module
// cache. Go itself compares modules.txt with go.mod and never looks at the files
// (golang/go#27348).
package vendortree

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendorsum"
)

// A Tree is a vendor directory as it was read.
type Tree struct {
	Dir   string           // absolute path
	List  *vendorlist.List // empty if there is no modules.txt
	Files []*File

	// GitFiles are the paths of the files .git, which are not in Files. The go command
	// copies that of a submodule that replaces a module. No commit can have it, and
	// with it git takes the directory for a repository.
	GitFiles []string

	byPath map[string]*File
	hasTxt bool
}

const gitFile = ".git"

// A File is one in a vendor directory, other than modules.txt, or what is there in
// a file's place.
type File struct {
	Path  string // with slashes, from the vendor directory
	Mode  fs.FileMode
	Size  int64
	Sum   [sha256.Size]byte // SHA-256 of a regular file's content
	Err   error             // why it could not be read
	Block *vendorlist.Block // the module that it belongs to by modules.txt, or nil

	hasCgo bool // cgo may read flags in it
}

// File returns the file with the path, or nil.
func (t *Tree) File(path string) *File { return t.byPath[path] }

// ModuleFiles returns the regular files that belong to each module by modules.txt,
// named as in vendor.sum.
func (t *Tree) ModuleFiles() map[*vendorlist.Block][]vendorsum.Hashed {
	files := make(map[*vendorlist.Block][]vendorsum.Hashed)
	for _, f := range t.Files {
		if f.Block != nil && f.Mode.IsRegular() && f.Err == nil {
			files[f.Block] = append(files[f.Block], vendorsum.Hashed{Name: strings.TrimPrefix(f.Path, f.Block.Path+"/"), Sum: f.Sum})
		}
	}
	return files
}

// Sum returns what vendor.sum is to say about the tree. The hashes of zips are
// those of go.sum, the origins those that the module cache knows.
func (t *Tree) Sum(p *Place) *vendorsum.Sum {
	s := new(vendorsum.Sum)
	if len(t.List.Rest) > 0 {
		s.Rest = vendorsum.Text(t.List.Rest)
	}
	files := t.ModuleFiles()
	for _, b := range t.List.Blocks {
		m := vendorsum.Module{Version: b.Version, Replace: b.Replace, List: vendorsum.Text(b.Text)}
		m.SetFiles(files[b])
		if !b.IsDir() && m.Tree != "" {
			if sums := p.Sums.Zip(b.Source()); len(sums) > 0 {
				m.Zip = sums[0]
			}
			m.Origin = p.Cache.Origin(b.Source())
		}
		s.Modules = append(s.Modules, m)
	}
	return s
}

// Read reads the vendor directory dir: the names of all that is in it, and the
// hashes of the regular files, each of which is read once. Symbolic links are not
// followed, but for dir itself. It is an error if there is no such directory.
func Read(ctx context.Context, dir string) (*Tree, error) {
	t := &Tree{Dir: dir, List: vendorlist.Parse(nil), byPath: make(map[string]*File)}
	var (
		wait sync.WaitGroup
		work = make(chan *File, 256)
	)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			buf := make([]byte, 64<<10)
			for f := range work {
				if ctx.Err() == nil {
					f.hash(ctx, dir, buf)
				}
			}
		})
	}
	err := t.walk(ctx, "", work)
	close(work)
	wait.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		return nil, &diag.Error{Msg: "there is no vendor directory in " + filepath.Dir(dir), Hint: "goshim vendor sync makes it"}
	case err != nil:
		return nil, &diag.Error{Msg: err.Error()}
	}
	slices.SortFunc(t.Files, func(a, b *File) int { return strings.Compare(a.Path, b.Path) })
	t.assign()
	return t, nil
}

// walk adds the files of a directory, sends the regular ones to be hashed, and
// reads modules.txt. A directory below that cannot be read is as a file that
// cannot be.
func (t *Tree) walk(ctx context.Context, dir string, work chan<- *File) error {
	entries, err := os.ReadDir(filepath.Join(t.Dir, filepath.FromSlash(dir)))
	if err != nil && dir == "" {
		return err
	}
	if err != nil {
		t.add(&File{Path: dir, Mode: fs.ModeDir, Err: err})
	}
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case entry.IsDir():
			if err := t.walk(ctx, name, work); err != nil {
				return err
			}
		case entry.Name() == gitFile && entry.Type().IsRegular():
			t.GitFiles = append(t.GitFiles, name)
		case name == vendorlist.Name && entry.Type().IsRegular():
			data, err := vendorlist.ReadText(t.Dir)
			if err != nil {
				return err
			}
			t.List, t.hasTxt = vendorlist.Parse(data), true
		default:
			f := &File{Path: name, Mode: entry.Type()}
			t.add(f)
			if f.Mode.IsRegular() {
				work <- f
			}
		}
	}
	return nil
}

func (t *Tree) add(f *File) {
	t.Files = append(t.Files, f)
	t.byPath[f.Path] = f
}

// hash reads the file in the vendor directory dir.
func (f *File) hash(ctx context.Context, dir string, buf []byte) {
	file, err := textfile.Open(filepath.Join(dir, filepath.FromSlash(f.Path)))
	if err != nil {
		f.Err = err
		return
	}
	defer file.Close()
	h := &cgoFinder{Hash: sha256.New(), found: !strings.HasSuffix(f.Path, ".go")}
	f.Size, f.Err = io.CopyBuffer(h, untilDone{ctx, file}, buf)
	f.Sum = [sha256.Size]byte(h.Sum(nil))
	f.hasCgo = h.found && strings.HasSuffix(f.Path, ".go")
}

// An untilDone reads until the context is done, so that a large file can be
// interrupted.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (r untilDone) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}

// assign finds out which module each file belongs to.
func (t *Tree) assign() {
	modules := make(map[string]*vendorlist.Block) // those with packages, by path
	above := make(map[string]bool)                // the directories between packages and their modules
	for _, b := range t.List.Blocks {
		if len(b.Packages) == 0 {
			continue
		}
		modules[b.Path] = b
		for _, pkg := range b.Packages {
			for dir := pkg; dir != b.Path && len(dir) > len(b.Path) && !above[dir]; dir = path.Dir(dir) {
				above[dir] = true
			}
		}
		above[b.Path] = true
	}
	for _, f := range t.Files {
		f.Block = t.owner(path.Dir(f.Path), modules, above)
	}
}

// owner returns the module that a directory belongs to: that of the nearest
// package at it or above it, whose embedded files it has, or that of packages
// below it, whose licences it has. Nothing of any other directory is used.
func (t *Tree) owner(dir string, modules map[string]*vendorlist.Block, above map[string]bool) *vendorlist.Block {
	for d := dir; d != "."; d = path.Dir(d) {
		if b := t.List.Package(d); b != nil {
			return b
		}
		if b := modules[d]; b != nil {
			if above[dir] {
				return b
			}
			return nil
		}
	}
	return nil
}

// version returns the module version of a file's module, for a finding.
func (f *File) version() string {
	if f.Block == nil {
		return ""
	}
	return versionText(f.Block.Version)
}

func versionText(m module.Version) string {
	if m.Version == "" {
		return m.Path
	}
	return m.Path + "@" + m.Version
}
