package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	Files   []string // the files that it names, as slash paths below Root
}

// Fingerprint returns the hash of the file and of every file of the
// repository that a setting of class B or C names, and the names of those.
// The hash does not depend on where the repository lies, so that CI can be
// told it; [SetTrusted] binds it to one place.
func (f *File) Fingerprint() (string, []string, error) {
	h := sha256.New()
	io.WriteString(h, "goshim trust 1\n")
	add(h, FileName, f.Data)
	root := filepath.Dir(f.Path)
	files := f.references(root)
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return "", nil, err
		}
		add(h, name, data)
	}
	return hex.EncodeToString(h.Sum(nil)), files, nil
}

// add writes a file to h such that no two lists of files read the same.
func add(h hash.Hash, name string, data []byte) {
	io.WriteString(h, strconv.Quote(name)+" "+strconv.Itoa(len(data))+"\n")
	h.Write(data)
}

// references returns the regular files below root that settings name which
// need trust: the words of their values, split as programs and flags are.
func (f *File) references(root string) []string {
	var files []string
	note := func(value string) {
		for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" \t\n=,'\"", r) }) {
			if name, ok := fileBelow(root, word); ok && !slices.Contains(files, name) {
				files = append(files, name)
			}
		}
	}
	for _, env := range f.Tables() {
		note(env.Workspace.Value)
		for _, v := range env.Vars {
			if classOfVar(v) != Narrows {
				note(v.Value)
			}
		}
		for _, c := range env.Flags {
			for _, item := range c.Flags.Items {
				if classOfFlag(item.Value) != Narrows {
					note(item.Value)
				}
			}
		}
	}
	slices.Sort(files)
	return files
}

// fileBelow returns the slash path below root of the regular file that word
// names, if there is one.
func fileBelow(root, word string) (string, bool) {
	file := filepath.FromSlash(word)
	if !filepath.IsAbs(file) {
		file = filepath.Join(root, file)
	}
	rel, err := filepath.Rel(root, file)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	info, err := os.Stat(file)
	return filepath.ToSlash(rel), err == nil && info.Mode().IsRegular()
}

// trust decides whether the repository's file is trusted. It is an error if
// GOSHIM_TRUST expects another hash, or if the file belongs to another
// ordinary user and is not trusted.
func (f *File) trust(getenv userdir.Getenv) (Trust, error) {
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
	case trustedHash(f.Path, getenv) == sum:
		t.Trusted, t.By = true, "goshim trust"
	}
	return t, nil
}

// checkOwner refuses a file that another ordinary user owns: who can change
// it at any time must not decide what this user's builds do. A trusted hash
// lifts that, because it fixes the content.
func (f *File) checkOwner(info fs.FileInfo, getenv userdir.Getenv) error {
	uid, ok := foreignOwner(info, getenv)
	if !ok {
		return nil
	}
	if t, err := f.trust(getenv); err != nil || t.Trusted {
		return err
	}
	return &diag.Error{
		Pos:  diag.Pos{File: f.Name},
		Msg:  "the file belongs to another user (uid " + strconv.Itoa(uid) + ")",
		Hint: "read it, then goshim trust, or take it over with chown",
	}
}

// trustRecord returns the file that says which hash of the policy file at
// path is trusted. Links are followed, so that every way to the file is one.
func trustRecord(path string, getenv userdir.Getenv) string {
	return recordFile("trust", canonical(path), getenv)
}

func trustedHash(path string, getenv userdir.Getenv) string {
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
