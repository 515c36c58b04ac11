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
	p.explainFallback()
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
		p.yields(YieldsVariable, source, "GOPROXY not set: the caller's GOPROXY=off stays")
	case forced:
		p.env.Force(name, value, source)
	case !named:
		p.setDefault(name, value, source)
	}
}

// setDefault sets a variable unless the caller does.
func (p *planner) setDefault(name, value string, source diag.Pos) {
	if old := p.env.Get(name); old != "" && old != value {
		p.yields(YieldsVariable, source, name+" not set: the caller's value stays")
	}
	p.env.Default(name, value, source)
}

// proxyList returns GOPROXY. A comma asks the next proxy if a module is not
// found, a pipe after any error (cmd/go/internal/modfetch.proxyList).
func (p *planner) proxyList() string {
	sep := ","
	if p.policy.AsksAfterAnyError() {
		sep = "|"
	}
	return strings.Join(p.policy.Proxy.Strings(), sep)
}

// explainFallback says what the policy wants if no proxy answers. The companion
// finds that out and sees to it.
func (p *planner) explainFallback() {
	sources, pos := "the module cache", p.policy.Fallback.Pos
	if l := p.policy.Offline; len(l.Items) > 0 {
		sources, pos = strings.Join(l.Strings(), ", "), l.Pos
	}
	const dead = "if no proxy answers, "
	switch p.policy.Fallback.Value {
	case "fail":
		p.because(p.policy.Fallback.Pos, dead+"the command stops")
	case "quiet":
		p.because(pos, dead+"modules come from "+sources)
	case "last-good":
		p.because(pos, dead+"modules come from "+sources+", as the last good snapshot requires them")
	}
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
		return p.setGOFLAGS(p.ownGOFLAGS(v.Value, v.Pos), v.Pos)
	}
	p.setDefault(v.Name, v.Value, v.Pos)
	return nil
}
