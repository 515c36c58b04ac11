package override

import (
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/textfile"
)

// A replacement is a replace line to be.
type replacement struct {
	old, oldVersion string
	new, newVersion string
	isDir           bool
}

// String returns the replacement as go mod edit has it.
func (r *replacement) String() string {
	return withVersion(r.old, r.oldVersion) + "=" + withVersion(r.new, r.newVersion)
}

func parse(spec string) (*replacement, error) {
	old, to, ok := strings.Cut(spec, "=")
	if !ok || old == "" || to == "" {
		return nil, &diag.Error{Msg: "malformed replacement " + strconv.Quote(spec), Hint: form}
	}
	r := &replacement{isDir: modfile.IsDirectoryPath(to) || filepath.IsAbs(to)}
	r.old, r.oldVersion, _ = strings.Cut(old, "@")
	if hint := urlHint(r.old, to); hint != "" {
		return nil, &diag.Error{Msg: strconv.Quote(to) + " is a URL, which a replace line cannot have", Hint: hint}
	}
	if r.isDir {
		r.new = to
		return r, nil
	}
	r.new, r.newVersion, _ = strings.Cut(to, "@")
	if r.newVersion == "" {
		return nil, &diag.Error{
			Msg:  strconv.Quote(r.new) + " is neither a directory nor a module with a version",
			Hint: r.old + "=./" + r.new + " is the directory; " + r.old + "=" + r.new + "@v1.2.3, or @ and a branch, is the module",
		}
	}
	return r, nil
}

// urlHint returns the right form for a URL, or "" if to is none.
func urlHint(old, to string) string {
	scheme, rest, ok := strings.Cut(to, "://")
	if !ok {
		host, path, isSCP := strings.Cut(to, ":")
		_, host, hasUser := strings.Cut(host, "@")
		if !isSCP || !hasUser {
			return ""
		}
		scheme, rest = "ssh", host+"/"+path
	}
	if scheme == "file" {
		return "a directory is named by its path: " + old + "=" + rest
	}
	if _, after, hasUser := strings.Cut(rest, "@"); hasUser && !strings.Contains(rest[:len(rest)-len(after)], "/") {
		rest = after
	}
	path, version, ok := strings.Cut(rest, "@")
	if !ok {
		version = "v1.2.3"
	}
	path = strings.TrimSuffix(strings.TrimSuffix(path, "/"), ".git")
	return "name the module: " + old + "=" + path + "@" + version + ", or @ and a branch"
}

// useDir makes the directory, one of dir, relative to the module's root, and
// wants a module in it.
func (r *replacement) useDir(dir, root string) (notes []string, err error) {
	typed := r.new
	abs := filepath.FromSlash(typed)
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(dir, abs)
	}
	data, err := textfile.Read(filepath.Join(abs, "go.mod"), textfile.Max)
	if err != nil {
		return nil, &diag.Error{Msg: "there is no go.mod in " + typed, Hint: "a replacement is the root of a module"}
	}
	switch path := modfile.ModulePath(data); {
	case path == "":
		return nil, &diag.Error{Msg: "the go.mod in " + typed + " has no module line", Hint: "go mod edit -module=" + r.old + " there writes one"}
	case path != r.old:
		notes = []string{"the go.mod in " + typed + " is that of " + path + ", which differs from " + r.old}
	}
	r.new = relative(root, abs)
	return notes, nil
}

// relative returns a path as a replace line has it.
func relative(root, abs string) string {
	rel, err := filepath.Rel(root, abs)
	if err != nil {
		return filepath.ToSlash(abs) // on another volume
	}
	rel = filepath.ToSlash(rel)
	if rel == "." || rel != ".." && !strings.HasPrefix(rel, "../") {
		rel = "./" + rel
	}
	return rel
}

// resolve makes a branch a version.
func (r *replacement) resolve(s *gorun.Session) error {
	out, err := s.Go("list", "-m", "-f", "{{.Version}}", r.new+"@"+r.newVersion)
	r.newVersion = strings.TrimSpace(string(out))
	return err
}
