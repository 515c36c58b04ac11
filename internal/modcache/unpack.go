package modcache

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	modzip "golang.org/x/mod/zip"

	"github.com/goshim/goshim/internal/parhash"
)

// extract writes the files of a zip file below u.dir and computes its sum, which
// is that of [golang.org/x/mod/sumdb/dirhash.HashZip], in one pass. As many
// files are unpacked at once, over all zips of the cache, as there are
// processors. Names and sizes are checked before.
func (u *unpacking) extract(ctx context.Context, f *os.File) error {
	if checked, err := modzip.CheckZip(u.m, f.Name()); err != nil {
		return err
	} else if err := checked.Err(); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return err
	}
	if !u.keep {
		if err := u.makeDirs(z.File); err != nil {
			return err
		}
	}
	names, hashes := make([]string, len(z.File)), make([]parhash.Hash, len(z.File))
	err = u.c.pool.Each(ctx, len(z.File), func(i int) uint64 { return z.File[i].UncompressedSize64 }, func(from, to int) error {
		w := workers.Get().(*worker)
		defer workers.Put(w)
		for i := from; i < to; i++ {
			var err error
			names[i] = z.File[i].Name
			if hashes[i], err = w.extract(z.File[i], u.target(z.File[i].Name)); err != nil {
				return fmt.Errorf("unzip %s: %w", z.File[i].Name, err)
			}
		}
		return nil
	})
	u.sum = parhash.H1(names, hashes)
	return err
}

// prefix returns what the names in the zip begin with.
func (u *unpacking) prefix() string { return u.m.Path + "@" + u.m.Version + "/" }

// target returns the path of a file of the zip, or "" if it is a directory or is
// not to be written.
func (u *unpacking) target(name string) string {
	if u.keep {
		return ""
	}
	if name = strings.TrimPrefix(name, u.prefix()); name == "" || strings.HasSuffix(name, "/") {
		return ""
	}
	return filepath.Join(u.dir, filepath.FromSlash(name))
}

// makeDirs makes the directories that have files.
func (u *unpacking) makeDirs(files []*zip.File) error {
	if err := os.Mkdir(u.dir, 0o777); err != nil {
		return err
	}
	u.made = []string{u.dir}
	made := map[string]bool{".": true}
	var mkdir func(name string) error
	mkdir = func(name string) error {
		if made[name] {
			return nil
		}
		if err := mkdir(path.Dir(name)); err != nil {
			return err
		}
		dir := filepath.Join(u.dir, filepath.FromSlash(name))
		made[name] = true
		u.made = append(u.made, dir)
		return os.Mkdir(dir, 0o777)
	}
	for _, f := range files {
		if name := strings.TrimPrefix(f.Name, u.prefix()); name != "" && !strings.HasSuffix(name, "/") {
			if err := mkdir(path.Dir(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// A worker has what unpacking a file takes.
type worker struct {
	hash hash.Hash
	buf  [128 << 10]byte
}

var workers = sync.Pool{New: func() any { return &worker{hash: sha256.New()} }}

// extract writes a file of a zip to the path, unless that is "", and returns the
// hash of its content. The package archive/zip checks its size and its CRC.
func (w *worker) extract(f *zip.File, to string) (sum parhash.Hash, err error) {
	r, err := f.Open()
	if err != nil {
		return sum, err
	}
	defer r.Close()
	dst := io.Discard
	if to != "" {
		file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
		if err != nil {
			return sum, err
		}
		defer func() {
			if closeErr := file.Close(); err == nil {
				err = closeErr
			}
		}()
		dst = file
	}
	w.hash.Reset()
	for end := false; !end; {
		n, err := parhash.Fill(r, w.buf[:])
		if end = err == io.EOF; err != nil && !end {
			return sum, err
		}
		w.hash.Write(w.buf[:n])
		if _, err := dst.Write(w.buf[:n]); err != nil {
			return sum, err
		}
	}
	w.hash.Sum(sum[:0])
	return sum, nil
}
