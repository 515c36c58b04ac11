package cacheverify

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	modzip "golang.org/x/mod/zip"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/parhash"
	"github.com/goshim/goshim/internal/sumstore"
)

// A reading reads the zip of a module version and the directory beside it, in
// one pass: each file is compared with the zip's, and hashed once.
type reading struct {
	*check
	ctx    context.Context
	sums   []string // one of these is right; none if nobody knows
	source string   // of the sums

	tree map[string]bool // the directory's regular files, by name below it
}

// run compares. The error is that of ctx.
func (r *reading) run(hasZip, hasDir bool) error {
	if hasDir {
		if err := r.list(); err != nil {
			r.bad(Dir, finding.Finding{Rule: "modcache-dir", File: r.rel(r.unpacked), Message: "it cannot be read: " + why(err)})
			hasDir = false
		}
	}
	var z *content
	if hasZip {
		var err error
		if z, err = r.readZip(hasDir); r.ctx.Err() != nil {
			return r.ctx.Err()
		} else if err != nil {
			z, r.zipHas = nil, why(err)
			r.bad(Zip, finding.Finding{Rule: "modcache-zip-broken", File: r.rel(r.zip), Message: "it cannot be read: " + why(err)})
		} else if !r.isRight(z.h1) {
			r.zipHas = z.h1
			r.bad(Zip, finding.Finding{Rule: "modcache-zip-edited", File: r.rel(r.zip), Message: r.saysOther(z.h1)})
		}
	}
	good := r.goodFiles(z)
	if !hasDir {
		r.keep(z)
		return nil
	}
	if z != nil && r.isRight(z.h1) {
		r.compare(z)
		r.keep(z)
		return nil
	}
	// The zip tells nothing about the directory.
	d, err := r.readDir()
	if err != nil {
		return err
	}
	switch {
	case d != nil && r.isRight(d.h1):
		r.keep(d)
	case good != nil:
		r.compareRecorded(good)
	case d != nil:
		r.bad(Dir, finding.Finding{Rule: "modcache-dir", File: r.rel(r.unpacked), Message: r.saysOther(d.h1)})
	}
	return nil
}

func (r *reading) isRight(h1 string) bool { return len(r.sums) == 0 || slices.Contains(r.sums, h1) }

func (r *reading) saysOther(h1 string) string {
	return "it is not what " + r.source + " says: " + h1 + " instead of " + strings.Join(r.sums, " or ")
}

// keep notes what was found for the records.
func (r *reading) keep(c *content) {
	if c == nil {
		return
	}
	r.record.Zip, r.record.N = c.h1, len(c.files)
	r.record.Files = c.files
}

// prefix returns what the names in the zip begin with.
func (r *reading) prefix() string { return r.Version.String() + "/" }

// A content is what a zip or a directory holds.
type content struct {
	h1    string
	files []sumstore.File // sorted by name
	same  map[string]fate // how the file of the directory with the name is; without those that are the same
}

// A fate is how a file of the directory differs from that of the zip.
type fate int

const (
	edited fate = iota + 1
	missing
	unreadable
)

// list lists the directory. What is neither a file nor a directory is reported.
func (r *reading) list() error {
	r.tree = make(map[string]bool)
	return filepath.WalkDir(r.unpacked, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := filepath.ToSlash(path[len(r.unpacked)+1:])
		if !entry.Type().IsRegular() {
			r.name(finding.Finding{Rule: "modcache-irregular", File: r.rel(path), Message: kind(entry.Type()) + " stands in the place of a file"})
			return nil
		}
		r.tree[name] = true
		return nil
	})
}

// maxNamed is how many files of a module are named.
const maxNamed = 20

// name adds a finding about a file of the directory, unless there are too many.
func (r *reading) name(f finding.Finding) {
	if r.named++; r.named <= maxNamed {
		r.bad(Dir, f)
	}
}

// readZip hashes the files of the zip, and compares those of the directory with
// them if compares is set.
func (r *reading) readZip(compares bool) (*content, error) {
	info, err := os.Stat(r.zip)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a named pipe may never end
		return nil, errors.New(kind(info.Mode()) + " stands in the place of the zip")
	}
	f, err := os.Open(r.zip)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, err
	}
	names, err := r.namesOf(z.File)
	if err != nil {
		return nil, err
	}
	hashes := make([]parhash.Hash, len(names))
	fates := make([]fate, len(names))
	err = r.v.pool.Each(r.ctx, len(names), func(i int) uint64 { return z.File[i].UncompressedSize64 }, func(from, to int) error {
		w := workers.Get().(*worker)
		defer workers.Put(w)
		for i := from; i < to; i++ {
			name, isThere := strings.TrimPrefix(names[i], r.prefix()), false
			if compares {
				isThere = r.tree[name]
			}
			path := ""
			if isThere {
				path = filepath.Join(r.unpacked, filepath.FromSlash(name))
			}
			var err error
			if hashes[i], fates[i], err = w.entry(z.File[i], path); err != nil {
				return fmt.Errorf("%s: %w", names[i], err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c := &content{h1: parhash.H1(names, hashes), same: make(map[string]fate)}
	for i, name := range names {
		name = strings.TrimPrefix(name, r.prefix())
		c.files = append(c.files, sumstore.File{Name: name, Size: int64(z.File[i].UncompressedSize64), Hash: hashes[i]})
		if compares && fates[i] != 0 && !strings.HasSuffix(name, "/") {
			c.same[name] = fates[i]
		}
	}
	sortFiles(c.files)
	return c, nil
}

func sortFiles(files []sumstore.File) {
	slices.SortFunc(files, func(a, b sumstore.File) int { return strings.Compare(a.Name, b.Name) })
}

// namesOf returns the names in the zip. It is an error if the go command could
// not unpack it: [modzip.Unzip].
func (r *reading) namesOf(files []*zip.File) ([]string, error) {
	names := make([]string, len(files))
	seen := make(map[string]bool, len(files))
	size := uint64(0)
	for i, f := range files {
		switch {
		case len(r.sums) == 0 && !strings.HasPrefix(f.Name, r.prefix()): // otherwise the hash tells
			return nil, fmt.Errorf("%s: the name is not below %s", f.Name, r.prefix())
		case strings.Contains(f.Name, "\n"):
			return nil, fmt.Errorf("%q: the name has more than one line", f.Name)
		case seen[f.Name]:
			return nil, fmt.Errorf("%s: it is there twice", f.Name)
		}
		if size += f.UncompressedSize64; f.UncompressedSize64 > modzip.MaxZipFile || size > modzip.MaxZipFile {
			return nil, fmt.Errorf("what it holds is larger than %d bytes", int64(modzip.MaxZipFile))
		}
		names[i], seen[f.Name] = f.Name, true
	}
	return names, nil
}

// compare names the files of the directory that are not as in the zip.
func (r *reading) compare(z *content) {
	for _, f := range z.files {
		path := r.rel(filepath.Join(r.unpacked, filepath.FromSlash(f.Name)))
		switch z.same[f.Name] {
		case edited:
			r.name(finding.Finding{Rule: "modcache-file-edited", File: path, Message: "it is not as in the zip"})
		case missing:
			r.name(finding.Finding{Rule: "modcache-file-missing", File: path, Message: "it is missing, and the zip has it"})
		case unreadable:
			r.name(finding.Finding{Rule: "modcache-file-unreadable", File: path, Message: "it cannot be read"})
		}
	}
	r.compareExtra(z.files)
}

// compareExtra names the files of the directory that are not among the files.
func (r *reading) compareExtra(files []sumstore.File) {
	left := make(map[string]bool)
	for name := range r.tree {
		left[name] = true
	}
	for _, f := range files {
		delete(left, f.Name)
	}
	names := make([]string, 0, len(left))
	for name := range left {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		r.name(finding.Finding{Rule: "modcache-file-extra", File: r.rel(filepath.Join(r.unpacked, filepath.FromSlash(name))), Message: "the module has no such file"})
	}
	if more := r.named - maxNamed; more > 0 {
		r.bad(Dir, finding.Finding{Rule: "modcache-dir", File: r.rel(r.unpacked), Message: fmt.Sprintf("%d more files are not as they should be", more)})
	}
}

// goodFiles returns the files that the module is known to have, from a listing or
// from the records, if the zip does not tell.
func (r *reading) goodFiles(z *content) []sumstore.File {
	if z != nil && r.isRight(z.h1) {
		return nil
	}
	if r.files != nil {
		return r.files
	}
	files := r.v.store.Files(r.v.cache, r.Version)
	if h1 := h1Of(r.prefix(), files); len(r.sums) == 0 || !r.isRight(h1) {
		return nil
	}
	return files
}

// h1Of returns the hash that go.sum has of a module with these files.
func h1Of(prefix string, files []sumstore.File) string {
	names, hashes := make([]string, len(files)), make([]parhash.Hash, len(files))
	for i, f := range files {
		names[i], hashes[i] = prefix+f.Name, f.Hash
	}
	return parhash.H1(names, hashes)
}

// readDir hashes the files of the directory. If one of them cannot be read it
// reports that and returns nil. The error is that of ctx.
func (r *reading) readDir() (*content, error) {
	c := &content{}
	for name := range r.tree {
		c.files = append(c.files, sumstore.File{Name: name})
	}
	sortFiles(c.files)
	err := r.v.pool.Each(r.ctx, len(c.files), func(int) uint64 { return 64 << 10 }, func(from, to int) error {
		w := workers.Get().(*worker)
		defer workers.Put(w)
		for i := from; i < to; i++ {
			f := &c.files[i]
			var err error
			if f.Hash, f.Size, err = w.file(filepath.Join(r.unpacked, filepath.FromSlash(f.Name))); err != nil {
				return err
			}
		}
		return nil
	})
	if r.ctx.Err() != nil {
		return nil, r.ctx.Err()
	}
	if err != nil {
		r.bad(Dir, finding.Finding{Rule: "modcache-dir", File: r.rel(r.unpacked), Message: "it cannot be read: " + err.Error()})
		return nil, nil
	}
	c.h1 = h1Of(r.prefix(), c.files)
	return c, nil
}

// compareRecorded names the files of the directory that are not those that the
// module is known to have.
func (r *reading) compareRecorded(good []sumstore.File) {
	var w worker
	w.hash = sha256.New()
	for _, f := range good {
		path := filepath.Join(r.unpacked, filepath.FromSlash(f.Name))
		if !r.tree[f.Name] {
			r.name(finding.Finding{Rule: "modcache-file-missing", File: r.rel(path), Message: "it is missing"})
		} else if hash, _, err := w.file(path); err != nil || hash != f.Hash {
			r.name(finding.Finding{Rule: "modcache-file-edited", File: r.rel(path), Message: "it is not as it was"})
		}
	}
	r.compareExtra(good)
}

// A worker has what reading a file takes.
type worker struct {
	hash hash.Hash
	a, b [64 << 10]byte
}

var workers = sync.Pool{New: func() any { return &worker{hash: sha256.New()} }}

// entry hashes a file of a zip, and compares the file with the path, unless that
// is "", with it. The package archive/zip checks its size and its CRC.
func (w *worker) entry(f *zip.File, path string) (sum parhash.Hash, how fate, err error) {
	src, err := f.Open()
	if err != nil {
		return sum, 0, err
	}
	defer src.Close()
	how = missing
	var other *os.File
	if path != "" {
		if other, err = os.Open(path); err != nil {
			how = unreadable
		} else {
			how = 0
			defer other.Close()
		}
	}
	w.hash.Reset()
	for end := false; !end; {
		n, err := parhash.Fill(src, w.a[:])
		if end = err == io.EOF; err != nil && !end {
			return sum, 0, err
		}
		w.hash.Write(w.a[:n])
		if how != 0 {
			continue
		}
		m, err := parhash.Fill(other, w.b[:])
		switch {
		case err != nil && err != io.EOF:
			how = unreadable
		case !bytes.Equal(w.a[:n], w.b[:m]):
			how = edited
		}
	}
	w.hash.Sum(sum[:0])
	return sum, how, nil
}

// file hashes a file.
func (w *worker) file(path string) (sum parhash.Hash, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, 0, err
	}
	defer f.Close()
	w.hash.Reset()
	size, err = io.CopyBuffer(w.hash, struct{ io.Reader }{f}, w.a[:])
	w.hash.Sum(sum[:0])
	return sum, size, err
}
