package lint

import (
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
)

// privateHosts reports required modules whose host looks private and whose
// path the go command tells to a public proxy or checksum database.
func privateHosts(e *environment) []Finding {
	if e.DeniesNetwork() {
		return nil
	}
	var hidden []string // the lists that must cover a private module
	if e.usesPublicProxy() {
		hidden = append(hidden, e.patterns("GONOPROXY", e.NoProxy))
	}
	if e.usesPublicSumdb() {
		hidden = append(hidden, e.patterns("GONOSUMDB", e.NoSumdb))
	}
	var found []Finding
	for _, m := range e.modules {
		for _, r := range m.Requires {
			host, _, _ := strings.Cut(r.Path, "/")
			leaks := slices.ContainsFunc(hidden, func(patterns string) bool { return !module.MatchPrefixPatterns(patterns, r.Path) })
			if leaks && LooksPrivate(r.Path) {
				found = append(found, privateHost(host, r))
			}
		}
	}
	return found
}

func privateHost(host string, r Require) Finding {
	return Finding{
		ID:   "private-host",
		Pos:  r.Pos,
		Msg:  quote(r.Path) + " looks private, and public services are asked for it",
		Hint: `if it is, add "` + host + `" to private`,
	}
}

// usesPublicProxy reports whether the go command asks the proxy that is its
// default. Proxies that the file names may well be the team's own.
func (e *environment) usesPublicProxy() bool {
	_, pos := e.proxies()
	return !pos.IsValid()
}

func (e *environment) usesPublicSumdb() bool {
	switch value, _ := e.sumdb(); value {
	case "", "sum.golang.org", "sum.golang.google.cn":
		return true
	}
	return false
}

// privateSuffixes are the ends of names that the public DNS does not have:
// reserved by RFC 6762, RFC 8375 or ICANN (internal, home, corp), or never
// delegated and in wide private use.
var privateSuffixes = []string{
	"corp", "home", "home.arpa", "internal", "intra", "intranet", "lan", "local", "localdomain", "localhost", "private",
}

// privateLabels are the names that companies give to the machine with their
// repositories, or to the part of their domain that is their own.
var privateLabels = []string{"bitbucket", "corp", "ghe", "git", "gitea", "github", "gitlab", "internal", "intranet"}

// publicHosts are hosts with such a label that anyone can fetch from.
var publicHosts = []string{
	"git.apache.org", "git.kernel.org", "git.launchpad.net", "git.savannah.gnu.org", "git.savannah.nongnu.org", "git.sr.ht",
	"git.zx2c4.com", "gitlab.alpinelinux.org", "gitlab.archlinux.org", "gitlab.eclipse.org", "gitlab.freedesktop.org",
	"gitlab.gnome.org", "gitlab.haskell.org", "gitlab.kitware.com", "gitlab.torproject.org", "gitlab.wikimedia.org",
}

// LooksPrivate reports whether the module with the given path is probably not
// to be fetched by the public: because its host has no public name, or because
// a label in front of the domain itself says that it is somebody's own forge.
// So git.example.com looks private; github.com, gitlab.com and example.com do
// not. A host without a dot does not either: the go command fetches nothing
// from it.
func LooksPrivate(path string) bool {
	host, _, _ := strings.Cut(strings.ToLower(path), "/")
	labels := strings.Split(host, ".")
	if len(labels) < 2 || slices.Contains(publicHosts, host) {
		return false
	}
	if isNumber(labels[len(labels)-1]) {
		return true // an IP address
	}
	for _, suffix := range privateSuffixes {
		if strings.HasSuffix(host, "."+suffix) {
			return true
		}
	}
	return slices.ContainsFunc(labels[:len(labels)-2], func(label string) bool { return slices.Contains(privateLabels, label) })
}

func isNumber(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// A Require is a module that a go.mod requires: the path that is fetched, so
// that of its replacement if it has one.
type Require struct {
	Path string
	Pos  diag.Pos
}
