package scaffold

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/internal/lint"
	"github.com/goshim/goshim/internal/userdir"
)

// A Repository is what the first policy depends on.
type Repository struct {
	Root      string   // where goshim.toml belongs
	Modules   []Module // below Root, the one in Root first
	Workspace bool     // Root has a go.work
	Vendored  Vendored
	Private   []string // hosts of modules that look private
	Branch    string   // the main branch
	Toolchain string   // one that go.mod names, or an example
}

// Vendored says how much of what the modules require lies in vendor/.
type Vendored uint8

const (
	NotVendored Vendored = iota
	PartlyVendored
	AllVendored
)

// Look looks at the repository around dir, an absolute path. It reads files
// and changes nothing.
func Look(dir string, getenv userdir.Getenv) (*Repository, error) {
	r := &Repository{Root: findRoot(dir, getenv)}
	if r.Root != "" {
		r.Modules = findModules(r.Root)
	}
	if len(r.Modules) == 0 {
		return nil, &diag.Error{Msg: "no module in or around " + dir, Hint: "go mod init creates one"}
	}
	r.Workspace = isFile(filepath.Join(r.Root, "go.work"))
	r.Vendored = r.vendored()
	r.Private = privateHosts(r.Root)
	r.Branch = mainBranch(r.Root)
	r.Toolchain = r.toolchain()
	return r, nil
}

// HasModfile reports whether there is a modfile for the environment: a layer
// over go.mod, or a whole one, as -modfile wants it.
func (r *Repository) HasModfile(env string) bool {
	return isFile(filepath.Join(r.Root, "go.mod")) && isFile(filepath.Join(r.Root, "go."+env+".mod"))
}

// findRoot returns the directory that the policy belongs in: that of the
// workspace, or the root of the checkout if it has a module, or the root of
// the module around dir, or that of a checkout whose modules lie below it, or
// "". Above the checkout's root no policy is looked for (see [policy.Find]).
func findRoot(dir string, getenv userdir.Getenv) string {
	checkout, module := findCheckout(dir), gomod.Root(dir)
	if !within(module, checkout) {
		module = ""
	}
	if work := workspaceDir(dir, getenv); work != "" && within(work, checkout) {
		return work
	}
	if module == "" || checkout != "" && isFile(filepath.Join(checkout, "go.mod")) {
		return checkout
	}
	return module
}

// workspaceDir returns the directory of the go.work file around dir, or "".
func workspaceDir(dir string, getenv userdir.Getenv) string {
	file := gomod.Workspace(dir, getenv("GOWORK"))
	if root := filepath.Dir(file); filepath.Base(file) == "go.work" && within(dir, root) {
		return root
	}
	return ""
}

// within reports whether dir is root or lies below it. Everything lies below
// "".
func within(dir, root string) bool {
	rel, err := filepath.Rel(root, dir)
	return root == "" || err == nil && filepath.IsLocal(rel)
}

// findCheckout returns the root of the version control checkout that holds
// dir, or "".
func findCheckout(dir string) string {
	for {
		for _, name := range []string{".git", ".hg", ".jj", ".svn"} {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				return dir
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// privateHosts returns the hosts of modules of the repository, and of those
// that they require, for which `goshim check` would ask for a private pattern.
func privateHosts(root string) []string {
	var hosts []string
	for _, m := range lint.Modules(root, root) {
		paths := []string{m.Path}
		for _, r := range m.Requires {
			paths = append(paths, r.Path)
		}
		for _, path := range paths {
			if host, _, _ := strings.Cut(path, "/"); leak.LooksPrivate(path) && !slices.Contains(hosts, host) {
				hosts = append(hosts, host)
			}
		}
	}
	slices.Sort(hosts)
	return hosts
}

// mainBranch returns the branch of the checkout if it has one of the usual
// names of a main branch, otherwise the most usual.
func mainBranch(root string) string {
	if top := git.Find(root); top != "" {
		if repo, err := git.Open(top); err == nil {
			if branch, err := repo.Branch(); err == nil && slices.Contains([]string{"main", "master", "trunk"}, branch) {
				return branch
			}
		}
	}
	return "main"
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// cause returns what went wrong, without the paths that err repeats.
func cause(err error) string {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		return perr.Err.Error()
	}
	return err.Error()
}
