package shim

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/policy"
)

// applyVariables sets the environment variables that the policy asks for, by
// keys of their own or under vars, where a variable named wins over the key.
func (p *planner) applyVariables() error {
	pol := p.policy
	if pol.Proxy.IsSet() && len(pol.Proxy.Items) > 0 {
		p.set("GOPROXY", p.proxyList(), pol.Proxy.Forced, pol.Proxy.Pos)
	}
	p.applyPrivate()
	p.setString("GOSUMDB", pol.Sumdb, pol.Sumdb.Value)
	work, err := p.workspace()
	if err != nil {
		return err
	}
	p.setString("GOWORK", pol.Workspace, work)
	for _, v := range pol.Vars {
		if err := p.applyVar(v); err != nil {
			return err
		}
	}
	return nil
}

// setString sets a variable from the key that stands for it.
func (p *planner) setString(name string, s policy.String, value string) {
	if s.IsSet() {
		p.set(name, value, s.Forced, s.Pos)
	}
}

// set sets a variable unless the caller or vars does.
func (p *planner) set(name, value string, forced bool, source diag.Pos) {
	named := slices.ContainsFunc(p.policy.Vars, func(v policy.Var) bool {
		return v.Name == name && v.Op != policy.Append
	})
	switch {
	case name == "GOPROXY" && p.env.Get(name) == "off":
		// Editors set it to mean: not now. Nothing is narrower.
		p.because(source, "GOPROXY not set: the caller's GOPROXY=off stays")
	case forced:
		p.env.Force(name, value, source)
	case !named:
		p.setDefault(name, value, source)
	}
}

// setDefault sets a variable unless the caller does.
func (p *planner) setDefault(name, value string, source diag.Pos) {
	if old := p.env.Get(name); old != "" && old != value {
		p.because(source, name+" not set: the caller's value stays")
	}
	p.env.Default(name, value, source)
}

// proxyList returns GOPROXY. A comma asks the next proxy if a module is not
// found, a pipe after any error (cmd/go/internal/modfetch.proxyList).
func (p *planner) proxyList() string {
	sep := ","
	if p.policy.Fallback.Value == "any-error" {
		sep = "|"
	}
	return strings.Join(p.policy.Proxy.Strings(), sep)
}

// workspace returns GOWORK, which takes only absolute paths.
func (p *planner) workspace() (string, error) {
	w := p.policy.Workspace
	if w.Value == "" || w.Value == "off" || w.Value == "auto" {
		return w.Value, nil
	}
	file := filepath.Join(p.policy.Root, filepath.FromSlash(w.Value))
	if _, err := os.Stat(file); err != nil {
		return "", &diag.Error{Pos: w.Pos, Msg: "workspace: " + err.Error(), Hint: `name a file that is there, or write "off" or "auto"`}
	}
	return file, nil
}

// applyPrivate merges the patterns of private modules with the caller's own.
// GONOPROXY and GONOSUMDB hide GOPRIVATE where they are set, so a caller who
// has one gets the private patterns added to it too: they must not leak.
func (p *planner) applyPrivate() {
	p.setList("GOPRIVATE", p.policy.Private)
	for _, l := range []struct {
		name string
		list policy.List
	}{{"GONOPROXY", p.policy.NoProxy}, {"GONOSUMDB", p.policy.NoSumdb}} {
		current, _ := p.env.Effective(l.name)
		switch {
		case l.list.IsSet():
			p.setList(l.name, l.list)
		case current != "" && (current != "none" || p.policy.Private.Forced):
			p.setList(l.name, p.policy.Private)
		}
	}
}

// setList adds patterns to a variable, or, if they are forced, sets it. An
// empty list stands for no patterns at all.
func (p *planner) setList(name string, list policy.List) {
	switch value := strings.Join(list.Strings(), ","); {
	case list.IsSet() && value == "" && name != "GOPRIVATE":
		p.set(name, "none", list.Forced, list.Pos)
	case list.Forced:
		p.set(name, value, true, list.Pos)
	default:
		for _, item := range list.Items {
			p.env.Append(name, item.Value, item.Pos)
		}
	}
}

// applyVar applies one line of vars.
func (p *planner) applyVar(v policy.Var) error {
	switch v.Op {
	case policy.Force:
		p.set(v.Name, v.Value, true, v.Pos)
		return nil
	case policy.Append:
		if v.Name == "GOFLAGS" {
			return p.appendGOFLAGS(v.Value, v.Pos)
		}
		p.env.Append(v.Name, v.Value, v.Pos)
		return nil
	case policy.Unset:
		return p.env.Unset(v.Name, v.Pos)
	}
	if v.Name == "GOFLAGS" && p.env.Get("GOFLAGS") == "" {
		return p.setGOFLAGS(p.ownGOFLAGS(v.Value), v.Pos)
	}
	p.setDefault(v.Name, v.Value, v.Pos)
	return nil
}

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
