package vendortree

import (
	"bytes"
	"go/version"
	"io/fs"
	"path"
	"strings"

	"github.com/goshim/goshim/internal/pkgscan"
)

// copied returns which files go mod vendor copies for packages of a module: by
// their paths below vendor/, those in fsys, which is the module's directory or
// what its zip holds. The go version is that of the main module. It follows
// cmd/go/internal/modcmd.vendorPkg.
func copied(fsys fs.FS, modPath string, packages []string, goVersion string) (map[string]string, error) {
	c := &copying{fsys, "go" + goVersion, modPath, make(map[string]string), make(map[string]bool)}
	for _, pkg := range packages {
		if err := c.addPackage(pkg); err != nil {
			return nil, err
		}
	}
	return c.files, nil
}

type copying struct {
	fsys      fs.FS
	goVersion string
	modPath   string
	files     map[string]string // path below vendor/ → name in fsys
	metaDone  map[string]bool
}

// dir returns the name in fsys of the directory of a package, or of one above it.
func (c *copying) dir(pkg string) string {
	if pkg == c.modPath {
		return "."
	}
	return strings.TrimPrefix(pkg, c.modPath+"/")
}

func (c *copying) addPackage(pkg string) error {
	dir := c.dir(pkg)
	embeds := false
	err := c.addDir(pkg, func(name string) (bool, error) {
		if strings.HasSuffix(name, "_test.go") {
			return false, nil
		}
		if name == "go.mod" || name == "go.sum" {
			return version.Compare(c.goVersion, "go1.17") < 0, nil
		}
		if !strings.HasSuffix(name, ".go") {
			return true, nil
		}
		data, err := fs.ReadFile(c.fsys, path.Join(dir, name))
		embeds = embeds || bytes.Contains(data, []byte("//go:embed"))
		return !pkgscan.IsIgnored(data), err
	})
	if err != nil {
		return err
	}
	for p := pkg; p != c.modPath; {
		p = path.Dir(p)
		if c.metaDone[p] {
			break
		}
		c.metaDone[p] = true
		if err := c.addDir(p, func(name string) (bool, error) { return isMetadata(name), nil }); err != nil {
			return err
		}
	}
	if !embeds && version.Compare(c.goVersion, "go1.22") >= 0 {
		return nil
	}
	for _, name := range resolveEmbeds(c.fsys, dir, embedPatterns(c.fsys, dir, c.goVersion)) {
		c.files[path.Join(pkg, name)] = path.Join(dir, name)
	}
	return nil
}

// addDir adds the regular files of a directory that match.
func (c *copying) addDir(pkg string, match func(name string) (bool, error)) error {
	entries, err := fs.ReadDir(c.fsys, c.dir(pkg))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() || entry.Name() == gitFile {
			continue
		}
		ok, err := match(entry.Name())
		if err != nil {
			return err
		}
		if ok {
			c.files[path.Join(pkg, entry.Name())] = path.Join(c.dir(pkg), entry.Name())
		}
	}
	return nil
}

// isMetadata reports whether a file is copied from directories above packages,
// too (cmd/go/internal/modcmd.matchMetadata).
func isMetadata(name string) bool {
	for _, prefix := range []string{"AUTHORS", "CONTRIBUTORS", "COPYLEFT", "COPYING", "COPYRIGHT", "LEGAL", "LICENSE", "NOTICE", "PATENTS"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
