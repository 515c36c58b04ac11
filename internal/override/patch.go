package override

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpatch"
	"github.com/goshim/goshim/internal/textfile"
)

// maxPatch is the size of the largest patch that is read.
const maxPatch = 16 << 20

// patchFile returns the path of the patch that the replacement names, relative
// ones from dir, or "" if it names a directory.
func (r *replacement) patchFile(dir string) string {
	if ext := filepath.Ext(r.new); !r.isDir || ext != ".patch" && ext != ".diff" {
		return ""
	}
	path := filepath.FromSlash(r.new)
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return ""
	}
	return path
}

// usePatch makes a copy of the module's selected version with the patch in the
// file applied, and lets the replacement, of that version alone, name it.
func (r *replacement) usePatch(s *gorun.Session, file string) (*modpatch.Copy, error) {
	patch, err := textfile.Read(file, maxPatch)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &diag.Error{Msg: "there is no patch " + r.new, Hint: form}
	}
	if err != nil {
		return nil, &diag.Error{Msg: err.Error()}
	}
	m, err := source(s, r.old)
	if err != nil {
		return nil, err
	}
	if r.oldVersion != "" && r.oldVersion != m.Version {
		return nil, &diag.Error{Msg: r.old + " " + m.Version + " is selected, not " + r.oldVersion, Hint: "leave the version out"}
	}
	copied, err := modpatch.Make(s.Stack.Root, s.Target.Policy.Choice.Env, module.Version{Path: r.old, Version: m.Version}, m.Dir, patch, r.new)
	if err != nil {
		return nil, err
	}
	r.oldVersion, r.new = m.Version, copied.Path
	return copied, nil
}

// A listed module is one as go list -m -json has it.
type listed struct {
	Version, Dir string
	Replace      *struct{ Path, Version string }
}

// source returns the selected version of a module, with the directory in the
// module cache of its files, or of those of the module that replaces it. A
// patched copy does not count: a patch is one of what it was made of.
func source(s *gorun.Session, path string) (m listed, err error) {
	for {
		if m, err = list(s, path); err != nil {
			return m, err
		}
		switch {
		case m.Replace == nil || m.Replace.Version != "":
		case modpatch.IsCopy(m.Replace.Path):
			if _, err := s.Go("mod", "edit", "-dropreplace="+withVersion(path, m.Version)); err != nil {
				return m, err
			}
			continue
		default:
			return m, &diag.Error{Msg: path + " is replaced by the directory " + m.Replace.Path, Hint: "change the files there"}
		}
		if m.Dir == "" {
			return m, &diag.Error{Msg: "the module cache lacks " + path + " " + m.Version, Hint: "go mod download " + path}
		}
		return m, nil
	}
}

func list(s *gorun.Session, path string) (m listed, err error) {
	if _, err := s.Go("mod", "download", path); err != nil {
		return m, err
	}
	out, err := s.Go("list", "-m", "-json=Version,Dir,Replace", path)
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	return m, err
}

// obsolete returns the patched copies that the upper file of one stack names, and
// that of the other does not any more.
func obsolete(from, to *modlayer.Stack) []string {
	after := make(map[string]bool)
	for _, s := range to.Top().Statements() {
		after[s.Replaced.Path] = true
	}
	var gone []string
	for _, s := range from.Top().Statements() {
		if path := s.Replaced.Path; modpatch.IsCopy(path) && !after[path] && !strings.Contains(path, "..") {
			gone = append(gone, path)
		}
	}
	return gone
}

// Done is called when the result is committed, or will not be. It removes the
// patched copies that nothing names then.
func (r *Result) Done(committed bool) error {
	if r.patched != nil && committed {
		r.patched.Keep()
	} else if r.patched != nil {
		r.patched.Undo()
	}
	if !committed {
		return nil
	}
	var all []error
	for _, path := range obsolete(r.Read, r.Stack) {
		all = append(all, modpatch.Remove(r.Read.Root, path))
	}
	return errors.Join(all...)
}
