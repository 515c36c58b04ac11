package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/shim"
)

const routeHelp = `Route prints where the go command would get a module from, and why: the rule
and the pattern that decide, the sources in their order, whether the module is
private, which checksum database is asked for it, and whether the version is in
the module cache already. Without a version it is the one that go.mod requires.
It asks nobody.`

func newRouteCmd(a *App) *cobra.Command {
	var env string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "route MODULE[@VERSION]…",
		Short:   "Say where a module would come from",
		Long:    routeHelp,
		Example: "  goshim route example.com/dep@v1.2.3",
		Args:    atLeastOne("the route of which module?"),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := a.supplyOf(env)
			if err != nil {
				return err
			}
			merged := a.mergedModfile(env)
			routes := make([]moduleRoute, len(args))
			for i, arg := range args {
				if routes[i], err = s.route(merged, arg); err != nil {
					return err
				}
			}
			if asJSON {
				return a.printJSON(routes)
			}
			for _, r := range routes {
				a.printRoute(r)
			}
			return nil
		},
	}
	a.addEnvFlag(cmd, &env)
	addJSONFlag(cmd, &asJSON)
	return cmd
}

// mergedModfile returns the go.mod of the environment, or nil if there is none
// that can be read.
func (a *App) mergedModfile(env string) *modlayer.Merged {
	target, err := shim.TargetOf(a.invocation(), env)
	if err != nil {
		return nil
	}
	stack, err := modlayer.Read(target.Use)
	if err != nil {
		return nil
	}
	merged, err := stack.Merge()
	if err != nil {
		return nil
	}
	return merged
}

// A moduleRoute says where a module comes from, as JSON.
type moduleRoute struct {
	Module   string         `json:"module"`
	Version  string         `json:"version,omitempty"`
	Required *position      `json:"required,omitempty"` // where go.mod names the version
	Replaced *moduleReplace `json:"replaced,omitempty"`
	Dir      string         `json:"dir,omitempty"` // of a module that is replaced by a directory: there is nothing more then

	Rule    string        `json:"rule,omitempty"` // "routes", "GONOPROXY", "GOPROXY"
	Pattern string        `json:"pattern,omitempty"`
	From    *origin       `json:"source,omitempty"`
	Sources []proxySource `json:"sources,omitempty"`
	Private bool          `json:"private"`
	Sumdb   string        `json:"sumdb,omitempty"` // that is asked
	Check   string        `json:"check,omitempty"` // who says what the module contains
	Cached  *bool         `json:"cached,omitempty"`
	Leak    *problem      `json:"leak,omitempty"`
}

// A moduleReplace is what go.mod puts in the place of a module, as JSON.
type moduleReplace struct {
	Path    string    `json:"path"`
	Version string    `json:"version,omitempty"`
	At      *position `json:"at,omitempty"`
}

// route returns the route of a module, "path" or "path@version". The modfile may
// be nil.
func (s *moduleSupply) route(merged *modlayer.Merged, arg string) (moduleRoute, error) {
	path, version, _ := strings.Cut(arg, "@")
	if err := module.CheckPath(path); err != nil {
		return moduleRoute{}, &diag.Error{Msg: strconv.Quote(path) + " is not the path of a module", Hint: "a path begins with a host, such as example.com/dep"}
	}
	r := moduleRoute{Module: path, Version: version}
	fetched := module.Version{Path: path, Version: version}
	if merged != nil {
		fetched = r.lookUp(merged)
	}
	if r.Dir != "" {
		return r, nil
	}
	d := s.chain.Of(fetched.Path)
	from := s.why(d.Why)
	r.Rule, r.Pattern, r.From, r.Private = d.Why.Rule, d.Why.Pattern, &from, d.Private
	r.Sources = s.sources(d.Sources)
	r.Sumdb, r.Check = d.Sumdb, s.check(d, fetched.Path)
	if merged != nil && hasSum(merged.Sum, fetched) {
		r.Sumdb, r.Check = "", "go.sum has its hash, so nobody is asked"
	}
	if semver.IsValid(fetched.Version) {
		cached := isCached(shim.ModuleCache(s.env), fetched)
		r.Cached = &cached
	}
	if found := leak.Guard(s.chain, []leak.Name{{Path: fetched.Path}}); len(found) > 0 {
		r.Leak = problemOf(found[0].Fault)
	}
	return r, nil
}

// lookUp fills in what the modfile says of the module, and returns the module
// version that is fetched for it.
func (r *moduleRoute) lookUp(merged *modlayer.Merged) module.Version {
	for _, req := range merged.File().Require {
		if req.Mod.Path == r.Module && r.Version == "" {
			r.Version, r.Required = req.Mod.Version, at(merged.RequirePos(r.Module))
		}
	}
	mod := module.Version{Path: r.Module, Version: r.Version}
	rep := replacement(merged.File(), mod)
	if rep == nil {
		return mod
	}
	pos := at(merged.ReplacePos(rep.Old.Path, rep.Old.Version))
	r.Replaced = &moduleReplace{rep.New.Path, rep.New.Version, pos}
	if rep.New.Version == "" {
		r.Dir = rep.New.Path
	}
	return rep.New
}

// replacement returns the replace line in force for a module version, or nil.
func replacement(file *modfile.File, mod module.Version) *modfile.Replace {
	var found *modfile.Replace
	for _, rep := range file.Replace {
		if rep.Old == mod {
			return rep
		}
		if rep.Old.Path == mod.Path && rep.Old.Version == "" {
			found = rep
		}
	}
	return found
}

// why returns where the rule that decides stands.
func (s *moduleSupply) why(w modroute.Why) origin {
	switch {
	case w.Pos.IsValid():
		return fromFile(w.Pos)
	case w.Pattern != "":
		return s.originOfPattern(w.Rule, w.Pattern)
	}
	return s.originOf(w.Rule)
}

// check says who is asked what a module contains that go.sum does not have.
func (s *moduleSupply) check(d modroute.Decision, path string) string {
	if d.Sumdb == "" {
		if pattern, _ := modroute.Match(s.chain.NoSumdb, path); pattern != "" && s.chain.Sumdb != "off" {
			return "nobody is asked: GONOSUMDB has " + strconv.Quote(pattern) + " (" + s.originOfPattern("GONOSUMDB", pattern).String() + ")"
		}
		return "nobody is asked: GOSUMDB=off (" + s.originOf("GOSUMDB").String() + ")"
	}
	name, url, hasURL := strings.Cut(d.Sumdb, " ")
	name, _, _ = strings.Cut(name, "+")
	switch {
	case hasURL:
		return name + " is asked, at " + mask("", strings.TrimSpace(url))
	case s.chain.Proxies[0].IsProxy():
		return name + " is asked, through the first proxy that offers it"
	}
	return name + " is asked"
}

// hasSum reports whether a go.sum has the hash of a module's content.
func hasSum(sum []byte, mod module.Version) bool {
	return mod.Version != "" && strings.Contains("\n"+string(sum), "\n"+mod.Path+" "+mod.Version+" ")
}

// isCached reports whether the module cache has the zip of a module version.
func isCached(dir string, mod module.Version) bool {
	path, err := module.EscapePath(mod.Path)
	if err != nil {
		return false
	}
	version, err := module.EscapeVersion(mod.Version)
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(dir, "cache", "download", filepath.FromSlash(path), "@v", version+".zip"))
	return err == nil
}

func (a *App) printRoute(r moduleRoute) {
	name := r.Module
	if r.Version != "" {
		name += "@" + r.Version
	}
	if r.Required != nil {
		name += " (" + r.Required.String() + ")"
	}
	a.printf("%s\n", name)
	var rows [][]string
	if rep := r.Replaced; rep != nil {
		with := rep.Path
		if rep.Version != "" {
			with += "@" + rep.Version
		}
		rows = append(rows, []string{"replaced", "by " + with + " (" + rep.At.String() + ")"})
	}
	if r.Dir != "" {
		rows = append(rows, []string{"sources", "that directory; nobody is asked"})
		writeTable(a.Stdout, "  ", rows)
		return
	}
	rule := r.Rule
	if r.Pattern != "" {
		rule += " " + strconv.Quote(r.Pattern)
	}
	rows = append(rows, []string{"rule", rule + " (" + r.From.String() + ")"})
	for i, s := range r.Sources {
		head := ""
		if i == 0 {
			head = "sources"
		}
		rows = append(rows, []string{head, s.URL + ": " + s.meaning()})
	}
	rows = append(rows, []string{"private", yesNo(r.Private)}, []string{"check", r.Check})
	if r.Cached != nil {
		rows = append(rows, []string{"cached", yesNo(*r.Cached)})
	}
	writeTable(a.Stdout, "  ", rows)
	if r.Leak != nil {
		a.printProblem("warning", *r.Leak)
	}
}

func yesNo(b bool) string { return map[bool]string{true: "yes", false: "no"}[b] }
