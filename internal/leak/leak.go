// Package leak finds modules whose names are or look private, and that the go command
// is about to tell to strangers: to its default proxy, or to the public checksum
// database. It asks nobody.
package leak

import (
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/policy"
)

// A Name is a module path that the go command asks for, and where it stands: the
// zero Pos for one that was typed.
type Name struct {
	Path string
	Pos  diag.Pos
}

// A Leak is a name that strangers would be told.
type Leak struct {
	Fault *diag.Error
	Sure  bool // that it is private: GOPRIVATE or the policy says so; otherwise it only looks so
}

// Guard returns one leak for each name that is or looks private and that somebody
// public is told, the first place of each. Whether a name is already in go.sum
// and the module cache, so that it would not be asked for, does not matter.
//
// Public is a public checksum database, and the go command's default proxy: to a
// name that only looks private, unless a policy names that proxy. What must not
// be fetched at all is told to nobody.
func Guard(chain *modroute.Chain, names []Name) []Leak {
	var found []Leak
	seen := make(map[string]bool)
	for _, n := range names {
		if seen[n.Path] {
			continue
		}
		seen[n.Path] = true
		if l, ok := told(chain, n); ok {
			found = append(found, l)
		}
	}
	return found
}

// IsPrivate reports whether a name is or looks private.
func IsPrivate(chain *modroute.Chain, path string) bool {
	what, _ := privacy(chain, path)
	return what != ""
}

// privacy says what makes a name private, as the end of a sentence, or "", and
// whether that is sure.
func privacy(chain *modroute.Chain, path string) (what string, sure bool) {
	if pattern, _ := modroute.Match(chain.Private, path); pattern != "" {
		return "is private (" + strconv.Quote(pattern) + ")", true
	}
	if host, ok := policy.InternalHost(chain.Internal, path); ok {
		return "is on an internal host (" + strconv.Quote(host) + ")", true
	}
	if LooksPrivate(path) {
		return "looks private", false
	}
	return "", false
}

// told returns the leak of a name that strangers are told.
func told(chain *modroute.Chain, n Name) (l Leak, ok bool) {
	what, sure := privacy(chain, n.Path)
	d := chain.Of(n.Path)
	if what == "" || d.Sources[0].URL == modroute.Off {
		return l, false
	}
	var strangers []string
	for _, s := range d.Sources {
		if s.Public || sure && s.Default {
			strangers = append(strangers, hostOf(s.URL))
		}
	}
	proxies := len(strangers)
	if IsPublicSumdb(d.Sumdb) {
		strangers = append(strangers, sumdbHost(d.Sumdb))
	}
	if strangers == nil {
		return l, false
	}
	host, _, _ := strings.Cut(n.Path, "/")
	hint := "add " + strconv.Quote(host) + " to private"
	switch {
	case d.Private && proxies > 0:
		hint = "let GONOPROXY (no_proxy) have the pattern, as it does if it is not set, or name a proxy of your own for it"
	case d.Private:
		hint = "let GONOSUMDB (no_sumdb) have the pattern, as it does if it is not set"
	case !sure:
		hint = "if it is, " + hint
		if proxies > 0 {
			hint += "; if " + strangers[0] + " may know it, name that in proxy"
		}
	}
	return Leak{&diag.Error{
		Pos:  n.Pos,
		Msg:  strconv.Quote(n.Path) + " " + what + ", and would be told to " + strings.Join(strangers, " and "),
		Hint: hint,
	}, sure}, true
}

// hostOf returns the host of a URL, without a user's name.
func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return "a host that cannot be read from its URL"
	}
	return u.Host
}

// IsPublicSumdb reports whether GOSUMDB, which is not empty, makes the go command
// ask a checksum database that knows the modules of the whole world.
func IsPublicSumdb(gosumdb string) bool {
	host := sumdbHost(gosumdb)
	return host == "sum.golang.org" || host == "sum.golang.google.cn"
}

// sumdbHost returns the host that a GOSUMDB, "name", "name+hash+key" or one of
// them and a URL, makes the go command ask.
func sumdbHost(gosumdb string) string {
	fields := strings.Fields(gosumdb)
	switch len(fields) {
	case 0:
		return ""
	case 1:
		name, _, _ := strings.Cut(fields[0], "+")
		return name
	}
	return hostOf(fields[1])
}

// Typed returns the modules that the arguments of a go command may name: those
// with the form of a path of a module or a package, without their versions.
// Files, directories and patterns that begin with a dot are none.
func Typed(args []string) []Name {
	var names []Name
	for _, arg := range args {
		path, _, _ := strings.Cut(arg, "@")
		path = strings.TrimSuffix(path, "/...")
		host, _, _ := strings.Cut(path, "/")
		if strings.HasPrefix(path, "-") || strings.HasPrefix(path, ".") || !strings.Contains(host, ".") || strings.Contains(path, `\`) {
			continue
		}
		names = append(names, Name{Path: path})
	}
	return names
}

// Fetched returns the modules that a go.mod requires, by the paths that are
// asked for: those of the replacements where there are any. The name is the
// file's, as shown to the user.
func Fetched(file *modfile.File, name string) []Name {
	return fetched(file, func(r *modfile.Require) diag.Pos { return posOf(name, r.Syntax) })
}

func posOf(name string, line *modfile.Line) diag.Pos {
	return diag.Pos{File: name, Line: line.Start.Line, Col: line.Start.LineRune}
}

// fetched is [Fetched] with the places of the require lines.
func fetched(file *modfile.File, place func(*modfile.Require) diag.Pos) []Name {
	var names []Name
	for _, r := range file.Require {
		if path := replaced(file, r); path != "" {
			names = append(names, Name{path, place(r)})
		}
	}
	return names
}

// replaced returns the path of the module that is fetched for r, or "" if it
// is a directory.
func replaced(file *modfile.File, r *modfile.Require) string {
	path := r.Mod.Path
	for _, rep := range file.Replace {
		if rep.Old.Path != r.Mod.Path || rep.Old.Version != "" && rep.Old.Version != r.Mod.Version {
			continue
		}
		if rep.New.Version == "" {
			path = ""
		} else {
			path = rep.New.Path
		}
		if rep.Old.Version != "" {
			break // the more specific one
		}
	}
	return path
}
