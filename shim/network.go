package shim

import (
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
)

// applyNetwork narrows by variables what the go command itself may reach. What
// the go command runs is the matter of cutNetwork.
func (p *planner) applyNetwork() error {
	network := p.policy.Network
	isDenied := p.policy.DeniesNetwork()
	if network.Value != "proxy-only" && !isDenied {
		return nil
	}
	current, _ := p.env.Effective("GOPROXY")
	if current == "" && !isDenied {
		return &diag.Error{
			Pos:  network.Pos,
			Msg:  `network = "proxy-only", but no proxies are known`,
			Hint: "name them with the key proxy, or set GOPROXY",
		}
	}
	proxies := reachable(current, isDenied)
	if isDenied && proxies == "off" && p.typed.AtVersion() {
		proxies = p.cacheAsProxy()
	}
	if proxies != current {
		p.env.Set("GOPROXY", proxies, network.Pos)
	}
	p.env.Set("GOVCS", "*:off", network.Pos)
	if !isDenied {
		p.because(network.Pos, `network = "proxy-only" by variables: the programs that the go command runs are not stopped`)
		p.hidePrivate(network.Pos)
		return nil
	}
	p.env.Set("GONOPROXY", "none", network.Pos)
	p.forbidRequests(network.Pos)
	return nil
}

// hidePrivate makes all modules come from the proxies, except private ones:
// those must not be asked about there, and as they cannot be fetched from
// their origin either, the go command says so. The key no_proxy decides
// otherwise.
func (p *planner) hidePrivate(source diag.Pos) {
	private, _ := p.env.Effective("GOPRIVATE")
	direct, _ := p.env.Effective("GONOPROXY")
	if strings.TrimSpace(private) == "" && direct == "" {
		p.env.Set("GONOPROXY", "none", source)
	}
}

// forbidRequests lets the go command make no request at all, to the checksum
// database for example, which GOPROXY=off does not stop
// (cmd/go/internal/base.AcquireNet; files are not counted as network). Other
// programs ignore the setting. The last one counts.
//
// GOTOOLCHAIN needs no change for that: a toolchain in the module cache is used,
// and one that would have to be downloaded is an error (golang.org/issue/64665).
func (p *planner) forbidRequests(source diag.Pos) {
	p.env.SetDebug("cmdgonetlimit=0", source)
}

// reachable returns the proxies of the list that the network setting leaves:
// all that are proxies, or, if the network is denied, those that are files.
func reachable(proxies string, isDenied bool) string {
	var b strings.Builder
	for rest := proxies; rest != ""; {
		i := strings.IndexAny(rest, ",|")
		item, sep := rest, ""
		if i >= 0 {
			item, sep = rest[:i], rest[i:i+1]
		}
		rest = rest[len(item)+len(sep):]
		item = strings.TrimSpace(item)
		if item == "direct" || item == "off" {
			break // the end of the list, whatever follows
		}
		if !isDenied || strings.HasPrefix(item, "file://") {
			b.WriteString(item + sep)
		}
	}
	if list := strings.TrimRight(b.String(), ",|"); list != "" {
		return list
	}
	return "off"
}

// cacheAsProxy returns the list of proxies for go install p@v: the module cache
// alone. With GOPROXY=off the command fails even if the module is in the cache,
// as it wants to know whether the newest version is deprecated
// (cmd/go/internal/modload.CheckDeprecation). Other commands would resolve
// queries by what happens to be in the cache, and do not get it.
func (p *planner) cacheAsProxy() string {
	return FileURL(filepath.Join(ModuleCache(p.env), "cache", "download")) + ",off"
}

// FileURL returns the URL of a directory, as it may stand in GOPROXY.
func FileURL(dir string) string {
	path := filepath.ToSlash(dir)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	for _, c := range [...]string{"%%25", " %20", ",%2C", "|%7C", "?%3F", "#%23"} {
		path = strings.ReplaceAll(path, c[:1], c[1:])
	}
	return "file://" + path
}

// checkOffline refuses what has no answer without a network, but that the go
// command would answer all the same, or with an error that does not say why.
// Where files stand for a proxy, they answer.
func (p *planner) checkOffline() error {
	if proxies, _ := p.env.Effective("GOPROXY"); !p.policy.DeniesNetwork() || proxies != "off" && proxies != p.cacheAsProxy() {
		return nil
	}
	for _, query := range p.meant().Queries() {
		if !isExact(query) {
			return p.refuse(p.policy.Network.Pos, quote(query)+" asks the network; an exact version may be in the module cache")
		}
	}
	var flags []string
	switch p.typed.Words {
	case "get":
		flags = []string{"u"}
	case "list":
		flags = []string{"u", "versions", "retracted"}
	}
	for _, name := range flags {
		if p.isOn(name) || p.typed.Words == "get" && p.isPatch() {
			return p.refuse(p.policy.Network.Pos, "-"+name+" asks the network")
		}
	}
	return nil
}

// isPatch reports whether go get has -u=patch, the one value that is no boolean.
func (p *planner) isPatch() bool {
	value, _ := p.typed.Flag("u")
	return value == "patch"
}

// isExact reports whether path@version names one version, and no query such
// as latest, v1.2, a branch or a commit.
func isExact(query string) bool {
	path, version, _ := strings.Cut(query, "@")
	switch {
	case version == "none":
		return true
	case path == "go" || path == "toolchain":
		return version != "latest" && version != "upgrade" && version != "patch"
	}
	return semver.IsValid(version) && strings.Count(version, ".") >= 2
}

// cutNetwork makes the command run without a network, if what it starts could
// use one. The companion does that, so the shim hands over to it.
func (p *planner) cutNetwork() (err error) {
	if !p.policy.DeniesNetwork() {
		return nil
	}
	network := p.policy.Network
	what := "network = " + quote(network.Value)
	switch {
	case !p.typed.MayUseNetwork():
		what += " by variables, which is all that go " + p.typed.Words + " needs"
	case !hasNetwork():
		what += " holds here as it is: there is no interface but loopback"
	case p.inv.Companion == nil:
		return errHandOver
	default:
		p.start, what, err = p.inv.Companion.CutNetwork(network, p.typed.Words)
	}
	p.because(network.Pos, what)
	return err
}
