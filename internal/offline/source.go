package offline

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

// A source is one item of offline_sources. The go command always looks into the
// module cache first.
type source struct {
	name   string       // as written: "vendor", "modcache", "bundle:PATH"
	bundle modstore.Dir // of a bundle
}

const (
	vendor   = "vendor"
	modcache = "modcache"
)

// sources returns the items of offline_sources, or what stands for none.
func sources(p *policy.Policy) []source {
	if len(p.Offline.Items) == 0 {
		return []source{{name: modcache}}
	}
	var all []source
	for _, item := range p.Offline.Items {
		s := source{name: item.Value}
		if dir, ok := strings.CutPrefix(item.Value, policy.Bundle); ok {
			s.bundle = modstore.Dir(filepath.Join(p.Root, filepath.FromSlash(dir)))
		}
		all = append(all, s)
	}
	return all
}

// Dirs returns the directories that the target's go commands have modules from
// when they are offline: the module cache, the directories of GOPROXY that are
// asked without a network, and the bundles of offline_sources.
func Dirs(t *shim.Target) []modstore.Dir {
	dirs := append([]modstore.Dir{modstore.OfCache(shim.ModuleCache(t.Vars))}, fileProxies(t)...)
	for _, s := range sources(t.Policy) {
		if s.bundle != "" {
			dirs = append(dirs, s.bundle)
		}
	}
	return dirs
}

// fileProxies returns the directories of the file:// proxies of GOPROXY, up to the
// first proxy whose failure the go command does not go past.
func fileProxies(t *shim.Target) []modstore.Dir {
	list, _ := t.Vars.Effective("GOPROXY")
	sources, err := modroute.Parse(list)
	if err != nil {
		return nil
	}
	var dirs []modstore.Dir
	for _, s := range sources {
		u, err := url.Parse(s.URL)
		switch {
		case err == nil && u.Scheme == "file":
			dirs = append(dirs, modstore.Dir(modroute.FileDir(u.Path)))
		case !s.AnyError:
			return dirs
		}
	}
	return dirs
}

// HasBundles reports whether offline_sources has directories with modules.
func HasBundles(t *shim.Target) bool {
	return slices.ContainsFunc(sources(t.Policy), func(s source) bool { return s.bundle != "" })
}

// A Var is an environment variable.
type Var struct{ Name, Value string }

// Vars returns the variables with which a go command asks nobody for modules but
// the directories, of which the first is the module cache.
func Vars(dirs []modstore.Dir) []Var {
	var proxies []string
	for _, dir := range dirs[1:] {
		proxies = append(proxies, shim.FileURL(string(dir)))
	}
	if len(proxies) == 0 {
		proxies = []string{"off"} // behind others, it would hide what they say of a file that they lack
	}
	return []Var{
		{"GOPROXY", strings.Join(proxies, ",")},
		{"GONOPROXY", "none"},
		{"GOVCS", "*:off"},
	}
}

// hasVendor reports whether the target's module has a vendor directory that its
// go.mod fills. Where layers change what is required, only mod = "vendor" says
// that theirs does.
func hasVendor(t *shim.Target) bool {
	_, err := os.Stat(filepath.Join(t.Use.Root, "vendor", "modules.txt"))
	return err == nil && (len(t.Use.Modfiles) == 0 || t.Policy.Mod.Value == vendor)
}
