package shim

import (
	"path/filepath"
	"slices"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/stamp"
)

// A Supply says that a command may fetch modules, and that the policy wants
// more for that than variables can do: the companion sees to it.
type Supply struct {
	Subject
	Stamp   *stamp.Stamp
	Asks    bool // the command may ask a proxy even if all modules are in the cache
	Updates bool // it looks for modules of packages that go.mod does not require, as with -mod=mod
	Waits   bool // it makes something, and so waits for the modules to be fetched
}

// applySupply looks whether the command may fetch modules that the policy says
// more about than where from: a name that must stay private, a proxy that the go
// command cannot use, a cache to be filled first. Where a stamp says that all
// modules are in the cache, there is nothing to do.
func (p *planner) applySupply() error {
	asks := p.asksProxies()
	if !p.supplies(asks) {
		return nil
	}
	if err := p.policy.CheckRelay(); err != nil {
		return err
	}
	s := &Supply{Stamp: p.supplyStamp(), Asks: asks, Updates: p.updates(), Waits: p.makes()}
	if !asks && s.Stamp.Fresh() {
		p.because(diag.Pos{}, "the modules are in the cache: none is fetched")
		return nil
	}
	if p.inv.Companion == nil {
		return errHandOver
	}
	s.Subject = p.subject()
	p.supply = s
	if pol := p.policy; pol.Prewarms() && s.Waits {
		how := "before the command"
		if pol.Prewarm.Value == "background" {
			how = "beside the command"
		}
		p.because(pol.Prewarm.Pos, "prewarm = "+quote(pol.Prewarm.Value)+": modules that are missing are fetched "+how)
	}
	if source, what := p.policy.RelayReason(); what != "" {
		p.because(source, what+": modules that are missing come through the relay")
	}
	return nil
}

// supplies reports whether the policy says something about modules that the
// command may fetch.
func (p *planner) supplies(asks bool) bool {
	proxies, _ := p.env.Effective("GOPROXY") // "" if the toolchain's go.env is not known
	if on, _ := p.env.Effective("GO111MODULE"); on == "off" || proxies == "" || proxies == "off" || p.policy.DeniesNetwork() || !p.loadsModules() && !asks {
		return false
	}
	if !asks && (!p.inModule() || p.source() == fromVendor) {
		return false
	}
	return p.policy.Prewarms() && p.makes() || p.policy.IsProtected() || p.policy.NeedsRelay() || p.policy.CheckRelay() != nil || p.looksUp()
}

// looksUp reports whether the command asks for modules that go.mod does not
// require: one of them may be private, which the user is told in any environment.
func (p *planner) looksUp() bool {
	switch p.typed.Words {
	case "get", "mod download", "mod tidy", "mod vendor":
		return true
	}
	return p.typed.AtVersion() || p.updates()
}

// inModule reports whether the command is about a module or a workspace around it.
func (p *planner) inModule() bool {
	return (p.moduleRoot() != "" || p.workspaceFile() != "") && !p.typed.AtVersion()
}

// makes reports whether the command makes something of packages. Others, which
// only tell, are what editors wait for.
func (p *planner) makes() bool {
	return slices.Contains([]string{"build", "fix", "generate", "install", "run", "test", "tool", "vet"}, p.typed.Words) && !p.typed.AtVersion()
}

// loadsModules reports whether the command loads the packages of a module.
func (p *planner) loadsModules() bool {
	switch p.typed.Words {
	case "list", "doc", "fmt":
		return true
	case "clean": // as cmd/go/internal/clean.runClean decides
		caches := slices.ContainsFunc([]string{"cache", "modcache", "testcache", "fuzzcache"}, p.typed.Bool)
		return !caches || len(p.typed.Args) > 0 || p.typed.Bool("i") || p.typed.Bool("r")
	}
	return p.makes()
}

// asksProxies reports whether the command may ask a proxy for what is in no
// module cache, such as the versions that there are.
func (p *planner) asksProxies() bool {
	switch p.typed.Words {
	case "get", "mod download", "mod graph", "mod tidy", "mod vendor", "mod verify", "mod why", "work sync", "work vendor":
		return true
	case "list":
		if p.typed.Bool("m") && len(p.typed.Args) > 0 {
			return true
		}
	}
	return p.typed.AtVersion() || p.updates()
}

// updates reports whether the command loads packages and adds the modules that
// they need to go.mod.
func (p *planner) updates() bool { return p.loadsModules() && p.effectiveMod() == "mod" }

// supplyStamp returns the stamp that says that all modules are in the cache.
// What empties that, such as go clean -modcache, makes another directory of its
// downloads; what it holds below is not looked at.
func (p *planner) supplyStamp() *stamp.Stamp {
	proxies, _ := p.env.Effective("GOPROXY")
	downloads := filepath.Join(ModuleCache(p.env), "cache", "download")
	return p.moduleStamp("supply", []string{downloads}, p.real.Path, p.policy.Toolchain.Value, proxies)
}

// moduleStamp returns a stamp about the module or the workspace, as the
// environment has it.
func (p *planner) moduleStamp(kind string, also []string, key ...string) *stamp.Stamp {
	project := p.workspaceFile()
	if project == "" {
		project = p.moduleRoot()
	}
	key = append(key, project, p.policy.Choice.Env, p.callersModfile())
	if p.use != nil {
		for _, ref := range p.use.Modfiles {
			key = append(key, ref.Path)
		}
	}
	return stamp.New(stamp.Dir(p.env.Get), kind, also, key...)
}

// callersModfile returns the path of what the caller's -modfile puts in the place
// of go.mod, or "".
func (p *planner) callersModfile() string {
	if p.use != nil || p.modfile() == "" {
		return ""
	}
	return p.gomod()
}
