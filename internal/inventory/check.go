package inventory

import (
	"cmp"
	"context"
	"errors"
	"go/version"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/offline"
	"github.com/goshim/goshim/shim"
)

// A Report says whether an environment's go commands can do without a network.
type Report struct {
	Modules   int                   // in the build list, without the main module and directories
	Vendor    bool                  // vendor/ has the packages, so that no module is needed
	Toolchain string                // GOVERSION of the go command, or ""
	Missing   []Missing             // by path
	Altered   []cacheverify.Altered // by path
	Damaged   []finding.Finding     // files of the module cache that are not as they should be
	Problems  []string              // other reasons, a line each

	graph *offline.Graph // nil with Vendor
}

// A Missing module is one of which something is not here.
type Missing struct {
	Path    string   `json:"path"`
	Version string   `json:"version"`
	What    []string `json:"what"` // files: "mod", "zip", "info"; or SumLine, Whole
}

// IsReady reports whether nothing is missing or wrong.
func (r *Report) IsReady() bool {
	return len(r.Missing) == 0 && len(r.Altered) == 0 && len(r.Damaged) == 0 && len(r.Problems) == 0
}

// Incomplete returns of how many modules something is missing, altered or damaged.
func (r *Report) Incomplete() int {
	modules := make(map[string]bool)
	for _, m := range r.Missing {
		modules[m.Path+"@"+m.Version] = true
	}
	for _, m := range r.Altered {
		modules[m.Path+"@"+m.Version] = true
	}
	for _, f := range r.Damaged {
		modules[f.Module] = true
	}
	return len(modules)
}

// Check finds out whether the target's module can be built, vetted and tested,
// and its modules listed, tidied and verified, without a network: whether all
// files that this takes are here and are what go.sum says, and whether the go
// command, told to ask nobody, finds every package. Where mod = "vendor" holds,
// vendor/ must do, and no module is looked at.
//
// It runs go commands, which may unpack modules and take some from a bundle.
func Check(target *shim.Target) (*Report, error) {
	stack, err := gorun.Read(target.Use)
	if err != nil {
		return nil, err
	}
	merged, err := stack.Merge()
	if err != nil {
		return nil, err
	}
	r := &Report{Vendor: target.Policy.Mod.Value == "vendor"}
	dirs := offline.Dirs(target)
	if !r.Vendor {
		if err := r.checkCache(target); err != nil { // first: it records what it reads of zips
			return nil, err
		}
		if err := r.checkFiles(merged, target, dirs); err != nil {
			return nil, err
		}
	}
	real, err := toolchain(target, stack)
	if err == nil {
		err = tooOld(merged.File(), real)
	}
	if fault := (*diag.Error)(nil); errors.As(err, &fault) {
		r.Problems = append(r.Problems, fault.Error())
		return r, nil // no go command could run
	}
	s, err := gorun.NewSession(cutOff(with(target, real), dirs), stack)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if r.Toolchain, err = s.Version(); err != nil {
		return nil, err
	}
	if err := r.checkGo(s); err != nil {
		return nil, err
	}
	r.checkHashes(dirs[0]) // after go commands that may have made some
	return r, nil
}

// checkCache looks for what the module cache has and go commands cannot use: they
// never look whether a directory still has all files of its zip. What has another
// name in the report is left to that: altered zips, and files that are not there.
func (r *Report) checkCache(target *shim.Target) error {
	v, err := cacheverify.Verify(context.Background(), target, cacheverify.Options{})
	if err != nil {
		return err
	}
	for _, f := range v.Report.Findings {
		switch f.Rule {
		case "modcache-zip-edited", "modcache-zip-broken", "modcache-mod-missing", "modcache-ziphash-missing":
			continue
		}
		if f.Severity > finding.Low {
			r.Damaged = append(r.Damaged, f)
		}
	}
	return nil
}

// tooOld returns the error of a go command that may not switch to the toolchain
// that the modfile needs.
func tooOld(f *modfile.File, real shim.RealGo) error {
	have := real.Version()
	if f.Go == nil || !version.IsValid(have) || version.Compare(have, gomod.Toolchain(f.Go.Version)) >= 0 {
		return nil
	}
	return &diag.Error{Msg: "go " + f.Go.Version + " is needed, and the go command is " + have}
}

// cutOff returns the target with an environment in which go commands ask nobody.
func cutOff(target *shim.Target, dirs []modstore.Dir) *shim.Target {
	t := *target
	env := t.Environ()
	for _, v := range offline.Vars(dirs) {
		if v.Name == "GONOPROXY" && !offline.HasBundles(target) {
			continue // private modules come from no directory of GOPROXY
		}
		env.Set(v.Name, v.Value, diag.Pos{})
	}
	env.SetDebug("cmdgonetlimit=0", diag.Pos{}) // cmd/go/internal/base/limit.go
	t.Env, t.Vars = env.Environ(), env
	return &t
}

// checkFiles looks for the files of every module.
func (r *Report) checkFiles(merged *modlayer.Merged, target *shim.Target, dirs []modstore.Dir) error {
	graph := offline.Load(merged.File(), target.Use.Root, dirs)
	r.graph = graph
	modules := graph.Modules()
	sums := modstore.ParseSums(merged.Sum)
	needed := graph.Needed(sums)
	r.Modules = len(modules)
	for _, m := range graph.Lacking {
		r.lacks(m, modstore.Mod)
	}
	for _, m := range graph.Without(needed, modstore.Zip) {
		r.lacks(m, modstore.Zip)
	}
	for _, m := range graph.Without(modules, modstore.Info) {
		r.lacks(m, modstore.Info)
	}
	for i, dir := range dirs {
		verified := needed
		if i == 0 { // the module cache, where go mod verify looks at all zips
			verified = modules
			sums = maps.Clone(sums)
			sums.AddHashed(dir, modules)
		}
		altered, _, err := cacheverify.CompareZips(context.Background(), dir, target.Vars.Get, verified, sums)
		if err != nil {
			return err
		}
		r.Altered = append(r.Altered, altered...)
	}
	return nil
}

// checkHashes looks for the hashes of the zips in the module cache. The go
// command makes one that is missing only when it unpacks the zip.
func (r *Report) checkHashes(cache modstore.Dir) {
	if r.graph == nil {
		return
	}
	for _, m := range r.graph.Modules() {
		if cache.Has(m, modstore.Zip) && !cache.Has(m, modstore.ZipHash) {
			r.lacks(m, modstore.ZipHash)
		}
	}
}

// lacks notes what is not here of a module.
func (r *Report) lacks(m module.Version, what string) {
	i, found := slices.BinarySearchFunc(r.Missing, m, func(a Missing, m module.Version) int {
		return cmp.Or(strings.Compare(a.Path, m.Path), strings.Compare(a.Version, m.Version))
	})
	if !found {
		r.Missing = slices.Insert(r.Missing, i, Missing{m.Path, m.Version, nil})
	}
	if !slices.Contains(r.Missing[i].What, what) {
		r.Missing[i].What = append(r.Missing[i].What, what)
	}
}

// provider returns the module that has the package, by the longest path that is
// that of one or of a folder in it.
func (r *Report) provider(pkg string) (best module.Version, ok bool) {
	if r.graph == nil {
		return best, false
	}
	for _, m := range r.graph.Selected {
		if (pkg == m.Path || strings.HasPrefix(pkg, m.Path+"/")) && len(m.Path) > len(best.Path) {
			best, ok = m, true
		}
	}
	return r.graph.Source(best), ok
}

// checkGo runs the go commands that load the module graph and the packages.
func (r *Report) checkGo(s *gorun.Session) error {
	mod := "-mod=readonly"
	if r.Vendor {
		mod = "-mod=vendor"
	} else {
		for _, args := range [][]string{{"mod", "graph"}, {"list", "-m", mod, "all"}} {
			if err := r.learn(s.Go(args...)); err != nil {
				return err
			}
		}
	}
	return r.learn(s.Go("list", "-e", "-deps", "-test", mod, "-f", packageErrors, "./..."))
}

// packageErrors prints a line for each package that cannot be loaded.
const packageErrors = `{{with .Error}}` + errorLine + `{{end}}{{range .DepsErrors}}` + errorLine + `{{end}}`

const errorLine = `{{printf "package %q\n" .Err}}`

// learn notes what a go command says is missing. Errors are of other kinds.
func (r *Report) learn(out []byte, err error) error {
	text := ""
	if failed := (*gorun.GoError)(nil); errors.As(err, &failed) {
		text = failed.Stderr
	} else if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		if quoted, ok := strings.CutPrefix(strings.TrimSpace(line), "package "); ok {
			if said, err := strconv.Unquote(quoted); err == nil {
				text += "\n" + said
			}
		}
	}
	missing, problems := parseSaid(text, r.provider)
	for _, m := range missing {
		known := slices.ContainsFunc(r.Missing, func(n Missing) bool { return n.Path == m.mod.Path && n.Version == m.mod.Version }) ||
			slices.ContainsFunc(r.Altered, func(a cacheverify.Altered) bool { return a.Path == m.mod.Path && a.Version == m.mod.Version })
		if !known || m.what != Whole {
			r.lacks(m.mod, m.what)
		}
	}
	for _, p := range problems {
		if !slices.Contains(r.Problems, p) {
			r.Problems = append(r.Problems, p)
		}
	}
	return nil
}
