package leak

import (
	"slices"
	"strings"
)

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
