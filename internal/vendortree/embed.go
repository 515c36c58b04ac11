package vendortree

import (
	"errors"
	"fmt"
	"go/build"
	"go/version"
	"io"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/textfile"
)

// embedPatterns returns the patterns of files that the package in a directory
// embeds. Up to Go 1.21, those of its tests are among them (golang/go#63473).
func embedPatterns(fsys fs.FS, dir, goVersion string) []string {
	pkg, err := buildContext(fsys).ImportDir("/"+dir, build.IgnoreVendor)
	var multiple *build.MultiplePackageError
	if err != nil && !errors.As(err, &multiple) {
		return nil
	}
	patterns := pkg.EmbedPatterns
	if version.Compare(goVersion, "go1.22") < 0 {
		patterns = append(append(patterns, pkg.TestEmbedPatterns...), pkg.XTestEmbedPatterns...)
	}
	return patterns
}

// buildContext returns a context that has all of its files from fsys, which it
// knows as the root directory.
func buildContext(fsys fs.FS) *build.Context {
	inside := func(name string) string {
		if name = strings.TrimPrefix(path.Clean(name), "/"); name == "" {
			return "."
		}
		return name
	}
	ctx := build.Default
	ctx.GOROOT, ctx.GOPATH, ctx.CgoEnabled, ctx.UseAllFiles = "", "", true, true
	ctx.JoinPath, ctx.IsAbsPath = path.Join, path.IsAbs
	ctx.HasSubdir = func(root, dir string) (rel string, ok bool) { return "", false }
	ctx.IsDir = func(name string) bool {
		info, err := fs.Stat(fsys, inside(name))
		return err == nil && info.IsDir()
	}
	ctx.OpenFile = func(name string) (io.ReadCloser, error) { return textfile.OpenIn(fsys, inside(name)) }
	ctx.ReadDir = func(name string) ([]fs.FileInfo, error) {
		entries, err := fs.ReadDir(fsys, inside(name))
		var infos []fs.FileInfo
		for _, entry := range entries {
			if info, err := entry.Info(); err == nil {
				infos = append(infos, info)
			}
		}
		return infos, err
	}
	return &ctx
}

// resolveEmbeds returns the files of a package's directory that the patterns
// match, or none if one of them is at fault, as then nothing is copied for them
// (cmd/go/internal/load.resolveEmbed).
func resolveEmbeds(fsys fs.FS, dir string, patterns []string) []string {
	sub, err := fs.Sub(fsys, dir)
	if err != nil {
		return nil
	}
	var all []string
	for _, pattern := range patterns {
		names, err := resolveEmbed(sub, pattern)
		if err != nil {
			return nil
		}
		all = append(all, names...)
	}
	return all
}

func resolveEmbed(fsys fs.FS, pattern string) ([]string, error) {
	glob, all := strings.CutPrefix(pattern, "all:")
	if glob == "." || !fs.ValidPath(glob) {
		return nil, fs.ErrInvalid
	}
	matches, err := fs.Glob(fsys, glob)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, match := range matches {
		for dir := match; dir != "."; dir = path.Dir(dir) {
			if hasGoMod(fsys, dir) || isBadEmbedName(path.Base(dir)) {
				return nil, fmt.Errorf("%s cannot be embedded", match)
			}
		}
		found, err := embeddedFiles(fsys, match, all)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	if len(names) == 0 {
		return nil, fs.ErrNotExist
	}
	return names, nil
}

// embeddedFiles returns the file, or the files of the directory, that a pattern
// matches; without all, not those that are hidden.
func embeddedFiles(fsys fs.FS, match string, all bool) (names []string, err error) {
	info, err := fs.Lstat(fsys, match)
	if err != nil {
		return nil, err
	}
	if info.Mode().IsRegular() {
		return []string{match}, nil
	}
	if !info.IsDir() {
		return nil, fs.ErrInvalid
	}
	err = fs.WalkDir(fsys, match, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		isHidden := name[0] == '.' || name[0] == '_'
		switch {
		case p != match && (isBadEmbedName(name) || isHidden && !all):
			if d.IsDir() {
				return fs.SkipDir
			}
			if !isHidden {
				return fs.ErrInvalid
			}
		case d.IsDir():
			if hasGoMod(fsys, p) {
				return fs.SkipDir
			}
		case d.Type().IsRegular():
			names = append(names, p)
		}
		return nil
	})
	if err == nil && len(names) == 0 {
		err = fs.ErrNotExist
	}
	return names, err
}

func hasGoMod(fsys fs.FS, dir string) bool {
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil
}

// isBadEmbedName reports whether a file of that name is never part of a module
// (cmd/go/internal/load.isBadEmbedName).
func isBadEmbedName(name string) bool {
	if err := module.CheckFilePath(name); err != nil {
		return true
	}
	switch name {
	case "", ".bzr", ".hg", ".git", ".svn":
		return true
	}
	return false
}
