package shim

import (
	"strings"

	"github.com/goshim/goshim/internal/diag"
)

// applyNetwork narrows what the go command may reach. It does so by variables
// only: a program that opens connections of its own is not stopped.
func (p *planner) applyNetwork() error {
	network := p.policy.Network
	if network.Value != "proxy-only" && network.Value != "deny" {
		return nil
	}
	p.because(network.Pos, "network = "+quote(network.Value)+" by variables; this version does not enforce it in the kernel")
	current, _ := p.env.Effective("GOPROXY")
	if current == "" && network.Value == "proxy-only" {
		return &diag.Error{
			Pos:  network.Pos,
			Msg:  `network = "proxy-only", but no proxies are known`,
			Hint: "name them with the key proxy, or set GOPROXY",
		}
	}
	if proxies := reachable(current, network.Value); proxies != current {
		p.env.Set("GOPROXY", proxies, network.Pos)
	}
	p.env.Set("GOVCS", "*:off", network.Pos)
	if network.Value == "deny" {
		p.env.Set("GONOPROXY", "none", network.Pos)
		p.stayLocal(network.Pos)
		return nil
	}
	p.hidePrivate(network.Pos)
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

// stayLocal makes sure that the go command does not download a toolchain.
func (p *planner) stayLocal(source diag.Pos) {
	current, _ := p.env.Effective("GOTOOLCHAIN")
	version, suffix, _ := strings.Cut(current, "+")
	switch {
	case current == "" || current == "auto":
		p.env.Set("GOTOOLCHAIN", "local", source)
	case suffix == "auto":
		p.env.Set("GOTOOLCHAIN", version+"+path", source)
	}
}

// reachable returns the proxies of the list that the network setting leaves.
func reachable(proxies, network string) string {
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
		if network != "deny" || strings.HasPrefix(item, "file://") {
			b.WriteString(item + sep)
		}
	}
	if list := strings.TrimRight(b.String(), ",|"); list != "" {
		return list
	}
	return "off"
}
