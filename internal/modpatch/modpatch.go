// Package modpatch makes patched copies of modules: the files of a version, as
// they lie in the module cache, with a unified diff applied to them.
//
// The copies lie below .goshim in the directory of the main module, which git
// ignores: that is a place that go commands do not look for packages in. Nothing
// outside of that directory is written, whatever links and names say.
package modpatch

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
)

const (
	top    = ".goshim"
	copies = top + "/patched"

	// ignore is the text of the .gitignore by which the directory is known as ours.
	ignore = "# Written by goshim. What lies here is for this checkout only.\n*\n"
)

// IsCopy reports whether a path, as a replace line has it, is that of a patched
// copy.
func IsCopy(path string) bool { return strings.HasPrefix(path, "./"+copies+"/") }

// A Copy is a patched copy of a module, which stands in its place until Undo.
type Copy struct {
	Path string // as a replace line has it, from the main module's root

	root *os.Root
	rel  string // of the copy, from root
	old  string // where one lies that was there before, or ""
}

// Make copies the module version whose files are in src, applies the patch, and
// puts the result in its place for an environment, below the directory root. The
// name of the patch stands in errors; after one, everything is as before.
func Make(root, env string, m module.Version, src string, patch []byte, name string) (*Copy, error) {
	escaped, err := escape(m)
	if err != nil {
		return nil, err
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, &diag.Error{Msg: err.Error()}
	}
	c := &Copy{root: r, rel: path.Join(copies, "env-"+url.PathEscape(env), escaped)}
	c.Path = "./" + c.rel
	if err := c.make(m, src, patch, name); err != nil {
		r.Close()
		return nil, err
	}
	return c, nil
}

func escape(m module.Version) (string, error) {
	p, err := module.EscapePath(m.Path)
	if err != nil {
		return "", &diag.Error{Msg: err.Error()}
	}
	v, err := module.EscapeVersion(m.Version)
	if err != nil {
		return "", &diag.Error{Msg: err.Error()}
	}
	return p + "@" + v, nil
}

func (c *Copy) make(m module.Version, src string, patch []byte, name string) error {
	if err := claim(c.root); err != nil {
		return err
	}
	tmp := c.rel + ".new"
	defer c.root.RemoveAll(tmp)
	if err := c.root.RemoveAll(tmp); err != nil { // what a killed one has left
		return writing(err)
	}
	if err := copyFiles(c.root, tmp, m.Path, src); err != nil {
		return writing(err)
	}
	dir, err := c.root.OpenRoot(tmp)
	if err != nil {
		return writing(err)
	}
	err = apply(dir, patch, name)
	dir.Close()
	if err != nil {
		return err
	}
	return writing(c.exchange(tmp))
}

// exchange puts the copy at tmp in its place, and one that is there aside.
func (c *Copy) exchange(tmp string) error {
	old := c.rel + ".old"
	if err := c.root.RemoveAll(old); err != nil {
		return err
	}
	switch err := c.root.Rename(c.rel, old); {
	case err == nil:
		c.old = old
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	err := c.root.Rename(tmp, c.rel)
	if err != nil && c.old != "" {
		c.root.Rename(c.old, c.rel)
	}
	return err
}

// Keep ends the copy's probation: what was there before is removed.
func (c *Copy) Keep() {
	if c.old != "" {
		c.root.RemoveAll(c.old)
	}
	c.root.Close()
}

// Undo removes the copy. What was there before is there again.
func (c *Copy) Undo() {
	c.root.RemoveAll(c.rel)
	if c.old != "" {
		c.root.Rename(c.old, c.rel)
	}
	c.root.Close()
}

// Remove removes a copy that a replace line names, below the directory root, and
// the directories that become empty.
func Remove(root, line string) error {
	if !IsCopy(line) {
		return nil
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := claim(r); err != nil {
		return err
	}
	rel := strings.TrimPrefix(line, "./")
	if err := r.RemoveAll(rel); err != nil {
		return err
	}
	for rel = path.Dir(rel); rel != top && rel != "."; rel = path.Dir(rel) {
		if r.Remove(rel) != nil {
			break // something else lies there
		}
	}
	return nil
}

// claim makes the directory, or refuses one that is not ours.
func claim(r *os.Root) error {
	if info, err := r.Lstat(top + "/.gitignore"); err == nil && (!info.Mode().IsRegular() || info.Size() != int64(len(ignore))) {
		return notOurs(r) // a pipe would be waited for
	}
	switch data, err := r.ReadFile(top + "/.gitignore"); {
	case err == nil && string(data) == ignore:
		return nil
	case err == nil || !errors.Is(err, fs.ErrNotExist):
		return notOurs(r)
	}
	if _, err := r.Lstat(top); err == nil {
		return notOurs(r)
	}
	if err := r.Mkdir(top, 0o777); err != nil {
		return writing(err)
	}
	return writing(r.WriteFile(top+"/.gitignore", []byte(ignore), 0o666))
}

func notOurs(r *os.Root) error {
	return &diag.Error{
		Msg:  filepath.Join(r.Name(), top) + " was not written by goshim, which keeps patched modules there",
		Hint: "move it away",
	}
}

func writing(err error) error {
	if err == nil {
		return nil
	}
	return &diag.Error{Msg: "writing the patched module: " + err.Error(), Hint: "nothing is changed"}
}

// copyFiles copies the files of a module. Those of the module cache cannot be
// written, the copies can. One that has no go.mod gets one, as a directory that
// stands in the place of a module must.
func copyFiles(r *os.Root, to, modulePath, src string) error {
	from := os.DirFS(src)
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return r.MkdirAll(path.Join(to, name), 0o777)
		case !d.Type().IsRegular():
			return nil // a module has none
		}
		data, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		return r.WriteFile(path.Join(to, name), data, 0o666)
	})
	if err != nil {
		return err
	}
	if _, err := r.Lstat(to + "/go.mod"); errors.Is(err, fs.ErrNotExist) {
		return r.WriteFile(to+"/go.mod", []byte("module "+modulePath+"\n"), 0o666)
	}
	return nil
}
