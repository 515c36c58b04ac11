package health

import (
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/textfile"
)

// Default is the module that a proxy is asked about when the project names
// none that may be asked about there.
var Default = module.Version{Path: "golang.org/x/mod", Version: "v0.17.0"}

// Candidates returns the modules that the go.mod file at path requires and does
// not replace, those with a release and without an // indirect comment first.
// A file that cannot be read has none.
func Candidates(path string) []module.Version {
	data, err := textfile.Read(path, textfile.Max)
	if err != nil {
		return nil
	}
	f, err := modfile.Parse(path, data, nil)
	if err != nil {
		return nil
	}
	var best, rest []module.Version
	for _, r := range f.Require {
		switch {
		case replaced(f, r.Mod.Path):
		case r.Indirect || semver.Prerelease(r.Mod.Version) != "":
			rest = append(rest, r.Mod)
		default:
			best = append(best, r.Mod)
		}
	}
	return slices.Concat(best, rest)
}

// replaced reports whether a go.mod file replaces the module, whose name is then
// perhaps no module's.
func replaced(f *modfile.File, path string) bool {
	return slices.ContainsFunc(f.Replace, func(r *modfile.Replace) bool { return r.Old.Path == path })
}

// ParseModule reads PATH@VERSION.
func ParseModule(arg string) (module.Version, error) {
	path, version, _ := strings.Cut(arg, "@")
	m := module.Version{Path: path, Version: version}
	if err := module.Check(path, version); err != nil {
		return m, &diag.Error{Msg: "module " + diag.Printable(arg) + ": write PATH@VERSION", Hint: "such as " + Default.String()}
	}
	return m, nil
}

// moduleFor returns the module that the proxy may be asked about, and whether
// there is one: a public one if there is.
func (p *Prober) moduleFor(proxy string) (module.Version, bool) {
	var private []module.Version
	for _, m := range slices.Concat(p.Wanted, p.Modules, []module.Version{Default}) {
		switch {
		case !p.MayAsk(proxy, m):
		case p.Chain.Of(m.Path).Private:
			private = append(private, m)
		default:
			return m, true
		}
	}
	if len(private) > 0 {
		return private[0], true
	}
	return module.Version{}, false
}

// privateFor returns a private module of the project that the proxy may be asked
// about, if there is one.
func (p *Prober) privateFor(proxy string) (module.Version, bool) {
	for _, m := range slices.Concat(p.Wanted, p.Modules) {
		if p.Chain.Of(m.Path).Private && p.MayAsk(proxy, m) {
			return m, true
		}
	}
	return module.Version{}, false
}

// MayAsk reports whether the proxy may be told the module's name: if the
// module's decision lists it, and it is not a private one that strangers would
// learn of. A proxy that is not of the chain counts as one of GOPROXY, and is told
// nothing of the project.
func (p *Prober) MayAsk(proxy string, m module.Version) bool {
	d := p.Chain.Of(m.Path)
	if !slices.Contains(p.Wanted, m) && len(leak.Guard(p.Chain, []leak.Name{{Path: m.Path}})) > 0 {
		return false
	}
	if lists(p.Chain.All(), proxy) {
		return lists(d.Sources, proxy)
	}
	named := m == Default || slices.Contains(p.Wanted, m)
	return named && !d.Private && d.Why.Rule == "GOPROXY"
}

func lists(sources []modroute.Source, proxy string) bool {
	return slices.ContainsFunc(sources, func(s modroute.Source) bool { return s.URL == proxy })
}

// sumdbOf returns the name of the checksum database that the go command asks
// for behind the proxy, or "". It asks those of GOPROXY only, and none if
// GOSUMDB has a URL: cmd/go/internal/modfetch.dbDial.
func (p *Prober) sumdbOf(proxy string) string {
	if !lists(p.Chain.Proxies, proxy) && lists(p.Chain.All(), proxy) {
		return ""
	}
	fields := strings.Fields(p.Chain.Sumdb)
	if len(fields) != 1 {
		return ""
	}
	name, _, isKey := strings.Cut(fields[0], "+")
	if !isKey && name != "sum.golang.org" { // off, or a name that stands for a key and a URL
		return ""
	}
	return name
}
