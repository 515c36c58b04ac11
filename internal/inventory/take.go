package inventory

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/snapshot"
	"github.com/goshim/goshim/shim"
)

// Take returns what a session's environment is built from now. Origins are those
// that the module cache knows. It runs go mod graph.
func Take(s *gorun.Session) (*snapshot.Snapshot, error) {
	merged, err := s.Stack.Merge()
	if err != nil {
		return nil, err
	}
	selected, err := s.Modules()
	if err != nil {
		return nil, err
	}
	version, err := s.Version()
	if err != nil {
		return nil, err
	}
	files, err := snapshot.FilesOf(s.Stack)
	if err != nil {
		return nil, err
	}
	f := merged.File()
	roots := &modgraph.Roots{Mains: []modgraph.Main{{Dir: s.Stack.Root, File: f}}}
	snap := &snapshot.Snapshot{
		Module:      f.Module.Mod.Path,
		Environment: s.Target.Policy.Choice.Env,
		Toolchain:   version,
		Modules:     []snapshot.Module{},
		Files:       files,
	}
	if f.Go != nil {
		snap.Go = f.Go.Version
	}
	sums := modstore.ParseSums(merged.Sum)
	cache := modstore.OfCache(shim.ModuleCache(s.Target.Vars))
	delete(selected, snap.Module) // another module may require it
	for path, version := range selected {
		m := module.Version{Path: path, Version: version}
		entry := snapshot.Module{Path: path, Version: version}
		source, _ := roots.Replaced(m)
		if source != m {
			entry.Replaced = strings.TrimSpace(source.Path + " " + source.Version)
		}
		if source.Version != "" {
			entry.Sum, entry.GoModSum, entry.Origin = sums[source], sums.GoMod(source), cache.Origin(source)
		}
		snap.Modules = append(snap.Modules, entry)
	}
	slices.SortFunc(snap.Modules, func(a, b snapshot.Module) int { return strings.Compare(a.Path, b.Path) })
	return snap, nil
}

// Untidy returns what a session's modfile and sums lack for all packages and
// their tests to build, a line each: "example.com/dep v1.0.0" for a sum, and the
// statement for a line of go.mod. It downloads what is not in the module cache,
// so that afterwards the time and the origin of every module is there.
func Untidy(s *gorun.Session) ([]string, error) {
	before, err := s.Stack.Merge()
	if err != nil {
		return nil, err
	}
	if _, err := s.Go("list", "-deps", "-test", "./..."); err != nil {
		return nil, err
	}
	result, err := s.Result(modlayer.Exact)
	if err != nil {
		return nil, err
	}
	after, err := result.Merge()
	if err != nil {
		return nil, err
	}
	var lacking []string
	for _, d := range modlayer.Compare(before, after) {
		lacking = append(lacking, strings.TrimSpace(d.Name()+" "+d.B))
	}
	have := modstore.ParseSums(before.Sum)
	for m := range modstore.ParseSums(after.Sum) {
		if have[m] == "" {
			lacking = append(lacking, "the sum of "+m.Path+" "+m.Version)
		}
	}
	slices.Sort(lacking)
	_, err = s.Go("list", "-m", "all") // adds sums that go mod tidy does not want
	return lacking, err
}

// Altered hashes the zips that the target's module cache has of a snapshot's
// modules, and returns those that are not as the snapshot says, and how many there
// are.
func Altered(snap *snapshot.Snapshot, target *shim.Target) (altered []cacheverify.Altered, checked int, err error) {
	modules, sums := sourcesOf(snap)
	return cacheverify.CompareZips(context.Background(), modstore.OfCache(shim.ModuleCache(target.Vars)), target.Vars.Get, modules, sums)
}

// Absent returns the modules of a snapshot that packages are needed from and that
// are not in the target's module cache.
func Absent(snap *snapshot.Snapshot, target *shim.Target) []module.Version {
	modules, _ := sourcesOf(snap)
	cache := modstore.OfCache(shim.ModuleCache(target.Vars))
	return slices.DeleteFunc(modules, func(m module.Version) bool { return cache.Has(m, modstore.Zip) && cache.Has(m, modstore.Mod) })
}

// sourcesOf returns the module versions with packages, and their sums.
func sourcesOf(snap *snapshot.Snapshot) ([]module.Version, modstore.Sums) {
	var modules []module.Version
	sums := make(modstore.Sums)
	for _, m := range snap.Modules {
		if source, ok := m.Source(); ok && m.Sum != "" {
			modules = append(modules, source)
			sums[source] = m.Sum
		}
	}
	return modules, sums
}
