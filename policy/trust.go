package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/userdir"
)

// Trust is what the user has said of a repository's file.
type Trust struct {
	Trusted bool
	By      string   // "GOSHIM_TRUST", "goshim trust"; "" if not trusted
	Hash    string   // of the file and of those that it names
	Files   []string // the files and folders that it names, as slash paths below Root
}

// Fingerprint returns the hash of the file and of every file of the
// repository that a setting of class B or C may name, and the names of those that
// are there. A link counts with where it leads, and what is there; a folder, with all that
// is in it. The hash does not
// depend on where the repository lies, so that CI can be told it; [SetTrusted] binds
// it to one place.
func (f *File) Fingerprint() (string, []string, error) {
	h := sha256.New()
	io.WriteString(h, "goshim trust 2\n")
	addHeader(h, FileName, int64(len(f.Data)))
	h.Write(f.Data)
	root := filepath.Dir(f.Path)
	names, err := f.references(root)
	if err != nil {
		return "", nil, err
	}
	var files []string
	for _, name := range names {
		isThere, err := addName(h, root, name)
		if err != nil {
			return "", nil, err
		}
		if isThere {
			files = append(files, name)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), files, nil
}

// maxReference bounds a file that a policy names: it is hashed before every
// command.
const maxReference = 64 << 20

// addName writes to h what lies at a name below root: a file with its content, a
// folder with all that is in it, or what is neither; and of links where they lead. It reports whether it is
// a file or a folder. A name that is not there writes nothing, which no name that is there does.
func addName(h hash.Hash, root, name string) (isThere bool, err error) {
	path := filepath.Join(root, filepath.FromSlash(name))
	if _, err := os.Lstat(path); err != nil {
		return false, nil // also of names that the system cannot have
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		link, _ := os.Readlink(path)
		io.WriteString(h, strconv.Quote(name)+" leads nowhere "+strconv.Quote(link)+"\n")
		return false, nil
	}
	if real := canonical(root); target != filepath.Join(real, filepath.FromSlash(name)) {
		to := target
		if rel, err := filepath.Rel(real, target); err == nil && filepath.IsLocal(rel) {
			to = filepath.ToSlash(rel)
		}
		io.WriteString(h, strconv.Quote(name)+" leads to "+strconv.Quote(to)+"\n")
	}
	info, err := os.Stat(target)
	switch {
	case err != nil:
		return false, err
	case info.IsDir():
		return true, addDir(h, target, name)
	case !info.Mode().IsRegular():
		io.WriteString(h, strconv.Quote(name)+" is a "+info.Mode().Type().String()+"\n")
		return false, nil
	}
	return true, addFile(h, target, name)
}

// maxEntries bounds a folder that a policy names.
const maxEntries = 4096

// addDir writes to h what lies in a folder, at every depth: programs of it may be run
// by their names alone, as with PATH and the -B of C compilers.
func addDir(h hash.Hash, dir, name string) error {
	io.WriteString(h, strconv.Quote(name)+" is a folder\n")
	var names []string
	var size int64
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		if names = append(names, filepath.ToSlash(rel)); len(names) > maxEntries || size > maxReference {
			return errors.New(name + " is a folder with more than " + strconv.Itoa(maxEntries) + " entries or 64 MiB")
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, rel := range names {
		path := filepath.Join(dir, filepath.FromSlash(rel))
		info, err := os.Stat(path)
		if err == nil && info.IsDir() {
			if link, err := os.Lstat(path); err != nil || !link.IsDir() {
				return errors.New(name + "/" + rel + " is a link to a folder")
			}
			io.WriteString(h, strconv.Quote(rel)+" is a folder\n")
			continue
		}
		if _, err := addName(h, dir, rel); err != nil {
			return err
		}
	}
	return nil
}

// addFile writes the content of a regular file to h.
func addFile(h hash.Hash, path, name string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() > maxReference {
		return errors.New(name + " is larger than 64 MiB")
	}
	addHeader(h, name, info.Size())
	_, err = io.Copy(h, io.LimitReader(file, info.Size()))
	return err
}

// addHeader writes what stands before a file's content, so that no two lists
// of files read the same.
func addHeader(h hash.Hash, name string, size int64) {
	io.WriteString(h, strconv.Quote(name)+" "+strconv.FormatInt(size, 10)+"\n")
}

// trust decides whether the repository's file is trusted. It is an error if
// GOSHIM_TRUST expects another hash, or if the file belongs to another
// ordinary user and is not trusted.
func (f *File) trust(getenv userdir.Getenv) (Trust, error) {
	recorded := TrustedHash(f.Path, getenv)
	if recorded == "" && getenv("GOSHIM_TRUST") == "" {
		return Trust{}, nil // nobody has looked at it: it need not be read
	}
	sum, files, err := f.Fingerprint()
	if err != nil {
		return Trust{}, &diag.Error{Pos: diag.Pos{File: f.Name}, Msg: "hashing the files that it names: " + err.Error()}
	}
	t := Trust{Hash: sum, Files: files}
	switch want := getenv("GOSHIM_TRUST"); {
	case want == sum:
		t.Trusted, t.By = true, "GOSHIM_TRUST"
	case want != "":
		return t, &diag.Error{
			Pos:  diag.Pos{File: f.Name},
			Msg:  "the hash is " + sum + ", but GOSHIM_TRUST expects " + strconv.Quote(want),
			Hint: "goshim trust --show prints what the file asks for",
		}
	case recorded == sum:
		t.Trusted, t.By = true, "goshim trust"
	}
	return t, nil
}

// checkOwner refuses a file that another ordinary user owns: who can change
// it at any time must not decide what this user's builds do. A trusted hash
// lifts that, because it fixes the content.
func (f *File) checkOwner(info fs.FileInfo, getenv userdir.Getenv) error {
	uid, foreign := foreignOwner(info, getenv)
	if link, err := os.Lstat(f.Path); err == nil && !foreign {
		uid, foreign = foreignOwner(link, getenv)
	}
	if !foreign {
		return nil
	}
	if t, err := f.trust(getenv); err != nil || t.Trusted {
		return err
	}
	return &diag.Error{
		Pos:  diag.Pos{File: f.Name},
		Msg:  "the file belongs to another user (uid " + strconv.Itoa(uid) + ")",
		Hint: "read it, then goshim trust, or take it over with chown; in a CI job, set GOSHIM_TRUST to the hash that goshim trust --show prints",
	}
}

// trustRecord returns the file that says which hash of the policy file at
// path is trusted. Links to its directory are followed, so that every way
// there is one; a link in the place of the file itself is not, because the
// policy holds for the directory that the link is in.
func trustRecord(path string, getenv userdir.Getenv) string {
	return recordFile("trust", filepath.Join(canonical(filepath.Dir(path)), filepath.Base(path)), getenv)
}

// TrustedHash returns the hash with which the user trusted the policy file at
// path, or "".
func TrustedHash(path string, getenv userdir.Getenv) string {
	_, hash, _ := strings.Cut(readRecord(trustRecord(path, getenv)), "\n")
	return strings.TrimSpace(hash)
}

// SetTrusted records that the user trusts the policy file at path as long as
// its [File.Fingerprint] is hash.
func SetTrusted(path, hash string, getenv userdir.Getenv) error {
	return writeRecord(trustRecord(path, getenv), path+"\n"+hash+"\n")
}

// Untrust forgets what was said of the policy file at path.
func Untrust(path string, getenv userdir.Getenv) error {
	return removeRecord(trustRecord(path, getenv))
}
