package git

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxSymrefs is how many refs are read to resolve one, as in git.
const maxSymrefs = 5

// A ref is the content of a loose ref: the name of another ref, or a hash.
// Neither is set if there is no such file.
type ref struct {
	target string
	id     hash
}

// parseRef reads the content of a loose ref: "ref: NAME", or a hash that ends
// the file or is followed by white space.
func parseRef(data []byte, hashLen int) (ref, bool) {
	s := strings.TrimRight(string(data), " \t\r\n")
	if target, ok := strings.CutPrefix(s, "ref:"); ok {
		target = strings.TrimLeft(target, " \t\r\n")
		return ref{target: target}, validRefName(target)
	}
	if end := strings.IndexAny(s, " \t\r\n"); end >= 0 {
		s = s[:end]
	}
	id, ok := parseHash(s, hashLen)
	return ref{id: id}, ok
}

// refPath returns the file of the loose ref name.
func (r *Repo) refPath(name string) string {
	dir := r.commonDir
	if perWorktree(name) {
		dir = r.gitDir
	}
	return filepath.Join(dir, filepath.FromSlash(name))
}

// readLoose reads the loose ref name. A directory of that name is no ref: git
// leaves empty ones behind.
func (r *Repo) readLoose(name string) (ref, error) {
	path := r.refPath(name)
	fi, err := os.Lstat(path)
	if isAbsent(err) {
		return ref{}, nil
	}
	if err != nil {
		return ref{}, err
	}
	return r.readLooseFile(path, fi.Mode().Type())
}

// readLooseFile reads the loose ref in path, an entry of the given type. A
// symbolic link with a target below refs/ is the oldest kind of symbolic ref.
func (r *Repo) readLooseFile(path string, mode fs.FileMode) (ref, error) {
	if mode.IsDir() {
		return ref{}, nil
	}
	if mode&fs.ModeSymlink != 0 {
		target, err := os.Readlink(path)
		if target = filepath.ToSlash(target); err == nil && validRefName(target) {
			return ref{target: target}, nil
		}
	}
	read := readFile
	if mode.IsRegular() {
		read = readRegular
	}
	data, err := read(path)
	if isAbsent(err) {
		return ref{}, nil
	}
	if err != nil {
		return ref{}, err
	}
	got, ok := parseRef(data, r.hashLen)
	if !ok {
		return ref{}, fileErrorf(path, "malformed ref")
	}
	return got, nil
}

// follow reads name and, while it is symbolic, what it names. It returns the
// last name and its hash, which is "" if that ref is not loose.
func (r *Repo) follow(name string) (last string, id hash, err error) {
	last = name
	for range maxSymrefs {
		got, err := r.readLoose(last)
		if err != nil || got.target == "" {
			return last, got.id, err
		}
		last = got.target
	}
	return "", "", fileErrorf(r.refPath(last), "symbolic refs are nested too deep")
}

// resolve returns the hash of name, which may be symbolic, loose or packed;
// "" if the ref at the end is absent.
func (r *Repo) resolve(name string) (hash, error) {
	last, id, err := r.follow(name)
	if err != nil || id != "" || perWorktree(last) {
		return id, err
	}
	return r.findPacked(last)
}
