package policy

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
)

// references returns the names below root that the settings which need trust may
// mean, as slash paths: of paths the path; of commands and flags the words, split
// as the go command splits them, and what stands in a word between any two
// separators, as file names may hold separators too. Whether there is such a file is
// for [Fingerprint] to say, so that one which appears later takes the trust away.
func (f *File) references(root string) ([]string, error) {
	names := make(map[string]bool)
	note := func(word string) {
		if name, ok := nameBelow(root, word); ok {
			names[name] = true
		}
	}
	var first error
	noteValue := func(setting string, value String) {
		words, ok := candidates(value.Value)
		if !ok && first == nil {
			first = &diag.Error{
				Pos: value.Pos, Msg: setting + ": a word with more than " + strconv.Itoa(maxPieces) + " parts, of which any may name a file",
				Hint: "write it in a file of the repository, and name that",
			}
		}
		for _, w := range words {
			note(w)
		}
	}
	for _, env := range f.Tables() {
		note(env.Workspace.Value)
		for _, a := range env.Auth {
			note(a.Value)
		}
		for _, v := range env.Vars {
			if classOfVar(v) != Narrows {
				noteValue("vars."+v.Name, String{Value: v.Value, Pos: v.Pos})
			}
		}
		for _, c := range env.Flags {
			for _, item := range c.Flags.Items {
				if !slices.Contains(written, flagName(item.Value)) && classOfFlag(c.Command, item.Value) != Narrows {
					noteValue("flags."+c.Command, item)
				}
			}
		}
	}
	var all []string
	for name := range names {
		all = append(all, name)
	}
	slices.Sort(all)
	return all, first
}

// written are the flags that name what commands write and do not read.
var written = []string{"-o", "-outputdir", "-coverprofile", "-cpuprofile", "-memprofile", "-blockprofile", "-mutexprofile", "-trace"}

// maxPieces bounds the separators in a word, as every pair of them is looked at.
const maxPieces = 32

// separators stand between the file names in a word: those of flags, of lists of
// paths and of shells.
const separators = "=,;:'\"()|&<>@[]{}" + string(os.PathListSeparator)

// candidates returns what in a value may name a file. It reports whether no word has
// too many separators for that.
func candidates(value string) (all []string, ok bool) {
	words, err := gocmd.SplitQuoted(value)
	if err != nil {
		words = nil
	}
	words = append(words, strings.Fields(value)...)
	words = append(words, filepath.SplitList(value)...)
	if _, of, ok := gocmd.CutPattern(value); ok {
		words = append(words, of)
	}
	if _, of, ok := strings.Cut(value, "="); ok { // of a flag, which has words of its own
		own, _ := gocmd.SplitQuoted(of)
		words = append(append(words, of), own...)
	}
	slices.Sort(words)
	all, ok = []string{value}, true
	for _, w := range slices.Compact(words) {
		starts, ends := []int{0}, []int{len(w)}
		for i, r := range w {
			if strings.ContainsRune(separators, r) {
				starts, ends = append(starts, i+1), append(ends, i)
			}
		}
		if strings.HasPrefix(w, "-") && len(w) > 2 { // -I./include
			starts = append(starts, 2)
			if i := strings.IndexAny(w, "./"); i > 0 {
				starts = append(starts, i)
			}
		}
		if len(starts) > maxPieces {
			return all, false
		}
		for _, i := range starts {
			for _, j := range ends {
				if i < j {
					all = append(all, w[i:j])
				}
			}
		}
	}
	return all, ok
}

// nameBelow returns the slash path below root that word is, if it is one.
func nameBelow(root, word string) (string, bool) {
	file := filepath.FromSlash(word)
	if !filepath.IsAbs(file) {
		file = filepath.Join(root, file)
	}
	rel, err := filepath.Rel(root, file)
	return filepath.ToSlash(rel), err == nil && filepath.IsLocal(rel) && rel != "." && word != ""
}

// An anchor makes the relative paths of settings that run code absolute: they start
// from the repository's root, which is what trust is about, and not from where a
// command runs.
type anchor struct {
	root string
	err  error // the first path that cannot be made absolute
}

// settings makes the paths in e absolute.
func (a *anchor) settings(e *Env) {
	e.Vars = slices.Clone(e.Vars)
	for i := range e.Vars {
		if v := &e.Vars[i]; classOfVar(*v) == RunsCode {
			v.Value = a.variable(*v)
		}
	}
	e.Flags = slices.Clone(e.Flags)
	for i := range e.Flags {
		items := slices.Clone(e.Flags[i].Flags.Items)
		for k := range items {
			if classOfFlag(e.Flags[i].Command, items[k].Value) == RunsCode {
				items[k].Value = a.flag("flags."+e.Flags[i].Command, items[k].Value, items[k].Pos)
			}
		}
		e.Flags[i].Flags.Items = items
	}
}

// variable returns the value of a variable that runs code: GOFLAGS, a list of
// folders, or a command.
func (a *anchor) variable(v Var) string {
	setting := "vars." + v.Name
	switch {
	case v.Name == "GOFLAGS":
		words, err := gocmd.SplitGOFLAGS(v.Value)
		for i, w := range words {
			words[i] = a.flag(setting, w, v.Pos)
		}
		if err != nil {
			return v.Value
		}
		return a.join(setting, words, v.Value, v.Pos)
	case strings.HasSuffix(v.Name, "PATH"):
		list := filepath.SplitList(v.Value)
		for i, dir := range list {
			if dir != "" && !filepath.IsAbs(dir) && !strings.HasPrefix(dir, "~") {
				list[i] = filepath.Join(a.root, filepath.FromSlash(dir))
			}
		}
		return strings.Join(list, string(os.PathListSeparator))
	case slices.Contains(files, v.Name) && v.Value != "" && !filepath.IsAbs(v.Value):
		return filepath.Join(a.root, filepath.FromSlash(v.Value))
	}
	return a.command(setting, v.Value, v.Pos, slices.Contains(programs, v.Name))
}

// programs are the variables that are command lines.
var programs = []string{
	"AR", "CC", "CXX", "FC", "GCCGO", "GOCACHEPROG", "LD_PRELOAD", "PKG_CONFIG",
	"GIT_ASKPASS", "GIT_PROXY_COMMAND", "GIT_SSH", "GIT_SSH_COMMAND", "SSH_ASKPASS",
}

// files are the variables that name a file or a folder, with a slash or without.
var files = []string{"BASH_ENV", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_TEMPLATE_DIR", "GOROOT"}

// flag returns a flag that runs code.
func (a *anchor) flag(setting, word string, pos diag.Pos) string {
	name, value, hasValue := gocmd.CutFlag(word)
	switch {
	case !hasValue:
		return word
	case name == "toolexec" || name == "exec":
		value = a.command(setting, value, pos, true)
	case name == "vettool" || name == "fixtool" || name == "overlay":
		if !filepath.IsAbs(value) {
			value = filepath.Join(a.root, filepath.FromSlash(value))
		}
	case strings.HasSuffix(name, "flags"):
		a.checkTool(setting, value, pos)
	default:
		a.check(setting, value, pos)
	}
	return "-" + name + "=" + value
}

// command returns a value whose words are split as the go command splits them. The
// first word of a program with a slash is a path, and none for PATH.
func (a *anchor) command(setting, value string, pos diag.Pos, isProgram bool) string {
	words, err := gocmd.SplitQuoted(value)
	if err != nil {
		a.check(setting, value, pos)
		return value
	}
	for i, w := range words {
		if isRelative(w) || i == 0 && isProgram && !filepath.IsAbs(w) && strings.Contains(filepath.ToSlash(w), "/") {
			words[i] = filepath.Join(a.root, filepath.FromSlash(w))
		}
	}
	joined := a.join(setting, words, value, pos)
	if strings.HasSuffix(setting, "FLAGS") {
		a.checkTool(setting, joined, pos)
	}
	a.check(setting, joined, pos)
	return joined
}

// checkTool notes a relative path among the flags of a tool, whether or not there is
// such a file: -extld=bin/ld, -Llib/x. What -X and -D give is no path.
func (a *anchor) checkTool(setting, value string, pos diag.Pos) {
	if _, flags, ok := gocmd.CutPattern(value); ok {
		value = flags
	}
	words, err := gocmd.SplitQuoted(value)
	if err != nil {
		words = strings.Fields(value)
	}
	if strings.HasPrefix(setting, "vars.CGO_") {
		a.checkCompiler(setting, words, pos)
	}
	for i, w := range words {
		if strings.HasPrefix(w, "-X") || strings.HasPrefix(w, "-D") || i > 0 && words[i-1] == "-X" || !strings.Contains(filepath.ToSlash(w), "/") {
			continue
		}
		path := w[strings.LastIndexAny(w, "=,")+1:]
		if path == w && len(w) > 2 && w[0] == '-' {
			path = w[2:] // -I/usr/include
		}
		if !filepath.IsAbs(path) {
			a.refuse(setting, path, pos)
		}
	}
}

// checkCompiler notes a relative path, with a slash or without, among those flags of a
// C compiler that name what it runs or loads: it starts in the folder of a package.
func (a *anchor) checkCompiler(setting string, words []string, pos diag.Pos) {
	for i, w := range words {
		for _, flag := range []string{"-B", "-specs=", "--specs=", "-fplugin=", "-fpass-plugin=", "-wrapper"} {
			path, ok := strings.CutPrefix(w, flag)
			if ok && path == "" && i+1 < len(words) {
				path = words[i+1]
			}
			if ok && path != "" && !filepath.IsAbs(path) {
				a.refuse(setting, path, pos)
			}
		}
	}
}

// refuse notes a path that cannot be made absolute.
func (a *anchor) refuse(setting, path string, pos diag.Pos) {
	if a.err == nil {
		a.err = &diag.Error{
			Pos: pos, Msg: setting + ": the path " + strconv.Quote(path) + " would start from wherever the command runs",
			Hint: "write an absolute path, or the name of a program in PATH",
		}
	}
}

// join joins words, or returns what they were if that is the same.
func (a *anchor) join(setting string, words []string, was string, pos diag.Pos) string {
	if before, err := gocmd.SplitQuoted(was); err == nil && slices.Equal(before, words) {
		return was
	}
	joined, err := gocmd.JoinQuoted(words)
	if err != nil && a.err == nil {
		a.err = &diag.Error{Pos: pos, Msg: setting + ": " + err.Error()}
	}
	return joined
}

// check notes a relative path that is left in a value.
func (a *anchor) check(setting, value string, pos diag.Pos) {
	words, _ := candidates(value)
	for _, w := range words {
		if !strings.ContainsAny(w, " \t") && (isRelative(w) || strings.Contains(w, "/") && !filepath.IsAbs(w) && a.exists(w)) {
			a.refuse(setting, w, pos)
		}
	}
}

// exists reports whether the relative path names a file below root.
func (a *anchor) exists(path string) bool {
	if filepath.IsAbs(path) {
		return false
	}
	_, err := os.Lstat(filepath.Join(a.root, filepath.FromSlash(path)))
	return err == nil
}

// isRelative reports whether the path says that it is a relative one.
func isRelative(path string) bool {
	path = filepath.ToSlash(path)
	return strings.HasPrefix(path, "./") || strings.HasPrefix(path, "../")
}
