package worktree

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/gitrun"
)

// A Rule is a line of .gitignore, .git/info/exclude or the user's own file that
// makes git ignore a path.
type Rule struct {
	File    string // from the root, or absolute
	Line    int
	Pattern string
}

// Ignored returns the rule for each of the paths that git is told to ignore,
// whether or not the index has it. Of a path behind a symbolic link, git says
// nothing.
func (t *Tree) Ignored(paths []string) (map[string]Rule, error) {
	isLink := make(map[string]bool)
	paths = slices.DeleteFunc(slices.Clone(paths), func(name string) bool { return t.isBehindLink(name, isLink) })
	if len(paths) == 0 {
		return nil, nil
	}
	out, err := t.Run(lines(here+strings.Join(paths, "\x00"+here)), "check-ignore", "-z", "--verbose", "--no-index", "--stdin")
	if gitrun.IsNone(err) {
		return nil, nil
	}
	rules := parseIgnored(out)
	for name, rule := range rules {
		if rel, ok := strings.CutPrefix(rule.File, filepath.ToSlash(t.Root)+"/"); ok {
			rule.File = rel // as git names .git/info/exclude where GIT_DIR is set
			rules[name] = rule
		}
	}
	return rules, err
}

// isBehindLink reports whether a directory that the path is in is a symbolic link.
// What is known of directories is kept in isLink.
func (t *Tree) isBehindLink(name string, isLink map[string]bool) bool {
	dir := path.Dir(name)
	if dir == "." {
		return false
	}
	is, ok := isLink[dir]
	if !ok {
		info, err := os.Lstat(t.Path(dir))
		is = err == nil && info.Mode()&fs.ModeSymlink != 0 || t.isBehindLink(dir, isLink)
		isLink[dir] = is
	}
	return is
}

// parseIgnored reads the output of git check-ignore -z --verbose: file, line,
// pattern and path. A pattern with a ! is one by which the path is not ignored.
func parseIgnored(out []byte) map[string]Rule {
	all := make(map[string]Rule)
	f := gitrun.Split(out)
	for ; len(f) >= 4; f = f[4:] {
		line, err := strconv.Atoi(f[1])
		if err == nil && !strings.HasPrefix(f[2], "!") {
			all[strings.TrimPrefix(f[3], here)] = Rule{f[0], line, f[2]}
		}
	}
	return all
}

// Attributes returns the attributes of the paths that are set to something:
// by path, as "name" or "name=value". "-name" is one that is unset.
func (t *Tree) Attributes(paths []string, names ...string) (map[string][]string, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	out, err := t.Run(lines(strings.Join(paths, "\x00")), append([]string{"check-attr", "-z", "--stdin"}, names...)...)
	return parseAttributes(out), err
}

// parseAttributes reads the output of git check-attr -z: path, attribute, value.
func parseAttributes(out []byte) map[string][]string {
	all := make(map[string][]string)
	f := gitrun.Split(out)
	for ; len(f) >= 3; f = f[3:] {
		attr := f[1] + "=" + f[2]
		switch f[2] {
		case "unspecified":
			continue
		case "set":
			attr = f[1]
		case "unset":
			attr = "-" + f[1]
		}
		all[f[0]] = append(all[f[0]], attr)
	}
	return all
}

// here begins a path so that it is none of git's special ones, as :(top)x is.
const here = "./"

// lines returns paths as git reads them from its standard input with -z.
func lines(paths string) []byte { return []byte(paths + "\x00") }
