// Package freeze resolves the constraints of an environment to versions and
// pins the whole build list: every module, those that are needed indirectly
// too, is required at exactly the version that is selected.
package freeze

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/journal"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modrule"
	"github.com/goshim/goshim/internal/pins"
	"github.com/goshim/goshim/policy"
)

// A Plan is what freezing changes.
type Plan struct {
	File    string // the modfile that the pins are written to, as shown to the user
	Modules int    // in the build list
	Pins    []Pin  // those that change
	Lines   []Pin  // go and toolchain, where a module asks for a newer one
	Changes []journal.Change
}

// A Pin is a module that is required at another version than before.
type Pin struct {
	Path       string
	Old        string // "" if it was not required
	New        string
	Constraint *pins.Constraint // nil if there is none
}

// Prepare works out what freezing the build list of a session changes, after
// resolving the constraints on the named modules, or all constraints if there
// are no names, and verifies it: all modules are downloaded and have the hashes
// that they should, the constraints hold and the packages load. Nothing but the
// session's copy is written.
func Prepare(s *gorun.Session, names []string) (*Plan, error) {
	report, err := pins.Of(s)
	if err != nil {
		return nil, err
	}
	wanted, err := wantedPins(report, names)
	if err != nil {
		return nil, err
	}
	versions, err := resolve(s, wanted)
	if err != nil {
		return nil, err
	}
	if err := s.Edit(func(f *modfile.File) error { return require(f, versions) }); err != nil {
		return nil, err
	}
	list, err := pinAll(s)
	if err != nil {
		return nil, err
	}
	if err := checkConstraints(s, list, versions); err != nil {
		return nil, err
	}
	if err := verify(s, list); err != nil {
		return nil, err
	}
	return newPlan(s, list)
}

// pinAll requires every module of the build list at exactly the version that is
// selected, and returns the list.
//
// In a pruned graph (go.dev/ref/mod#graph-pruning) a module that becomes a
// requirement of the main module brings its own requirements into the graph,
// which were pruned out before. They are pinned in turn. Each round only adds
// modules or raises versions, so that there is a last one.
func pinAll(s *gorun.Session) ([]pins.Module, error) {
	var pinned []pins.Module
	for {
		list, err := pins.BuildList(s)
		if err != nil || pinned != nil && slices.Equal(list, pinned) {
			return list, err
		}
		pinned = list
		all := make(map[string]string)
		for _, m := range list {
			all[m.Path] = m.Version
		}
		if err := s.Edit(func(f *modfile.File) error { return require(f, all) }); err != nil {
			return nil, err
		}
	}
}

// wantedPins returns the modules whose constraints are to be resolved.
func wantedPins(report *pins.Report, names []string) ([]pins.Pin, error) {
	found, err := report.Find(names)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		if len(report.Unused) > 0 {
			e := report.Missing(report.Unused[0].Module)
			e.Pos = report.Unused[0].Pos
			return nil, e
		}
		return slices.DeleteFunc(slices.Clone(found), func(p pins.Pin) bool { return p.Constraint == nil }), nil
	}
	for _, p := range found {
		if p.Constraint == nil {
			return nil, &diag.Error{
				Msg:  "module " + p.Path + " has no constraint in this environment",
				Hint: `write [common.constraints] "` + p.Path + `" = "` + caret(p.Version) + `"; or name no modules, to pin them as they are`,
			}
		}
	}
	return found, nil
}

// caret returns the constraint to which most people would hold a version.
func caret(version string) string { return "^" + strings.TrimPrefix(version, "v") }

// resolve returns the highest version that each constraint allows. A module
// that is replaced stays as it is if it may: its version is but a name.
func resolve(s *gorun.Session, wanted []pins.Pin) (map[string]string, error) {
	versions := make(map[string]string)
	var ranges []string
	for _, p := range wanted {
		switch {
		case p.Replaced != "" && p.IsAllowed():
		case p.Constraint.IsLatest():
			latest, err := s.Go("list", "-m", "-f", "{{.Version}}", p.Path+"@latest")
			if err != nil {
				return nil, err
			}
			versions[p.Path] = strings.TrimSpace(string(latest))
		default:
			ranges = append(ranges, p.Path)
		}
	}
	if len(ranges) == 0 {
		return versions, nil
	}
	out, err := s.Go(append([]string{"list", "-m", "-versions", "-json=Path,Versions"}, ranges...)...)
	if err != nil {
		return nil, err
	}
	listed, err := decodeVersions(out)
	if err != nil {
		return nil, err
	}
	for _, p := range wanted {
		if !slices.Contains(ranges, p.Path) {
			continue
		}
		best := highest(p.Constraint, listed[p.Path])
		if exact, ok := p.Constraint.Exact(); ok && module.IsPseudoVersion(exact) {
			best = exact // no list has these
		}
		if best == "" {
			return nil, noVersion(p, listed[p.Path])
		}
		versions[p.Path] = best
	}
	return versions, nil
}

func decodeVersions(out []byte) (map[string][]string, error) {
	all, err := gorun.DecodeList[struct {
		Path     string
		Versions []string
	}](out)
	versions := make(map[string][]string)
	for _, m := range all {
		versions[m.Path] = m.Versions
	}
	return versions, err
}

// highest returns the highest version that is allowed, or "".
func highest(c *pins.Constraint, versions []string) string {
	best := ""
	for _, v := range versions {
		if c.Allows(v) && semver.Compare(v, best) > 0 {
			best = v
		}
	}
	return best
}

func noVersion(p pins.Pin, versions []string) error {
	have := "none"
	const most = 5
	switch n := len(versions); {
	case n > most:
		have = fmt.Sprintf("%d others, …, %s", n-most, strings.Join(versions[n-most:], ", "))
	case n > 0:
		have = strings.Join(versions, ", ")
	}
	return &diag.Error{
		Pos:  p.Constraint.Pos,
		Msg:  fmt.Sprintf("no version of %s satisfies %q (have %s)", p.Path, p.Constraint, have),
		Hint: "retracted and excluded versions are not chosen, and prereleases only if the constraint names one",
	}
}

// require puts the versions into the modfile. Modules that were not required
// are marked as indirect.
func require(f *modfile.File, versions map[string]string) error {
	all := slices.Clone(f.Require)
	have := make(map[string]bool)
	for _, r := range all {
		have[r.Mod.Path] = true
		if v := versions[r.Mod.Path]; v != "" {
			r.Mod.Version = v
		}
	}
	for path, v := range versions {
		if !have[path] {
			all = append(all, &modfile.Require{Mod: module.Version{Path: path, Version: v}, Indirect: true})
		}
	}
	f.SetRequireSeparateIndirect(all)
	return nil
}

// checkConstraints refuses a build list that a constraint does not allow. With
// what was set, only another module can have raised it.
func checkConstraints(s *gorun.Session, list []pins.Module, set map[string]string) error {
	constraints, err := pins.Constraints(s)
	if err != nil {
		return err
	}
	isBroken := func(m pins.Module) bool { c := constraints[m.Path]; return c != nil && !c.Allows(m.Version) }
	if !slices.ContainsFunc(list, isBroken) {
		return nil
	}
	report, err := pins.Of(s) // that knows who requires it
	if err != nil {
		return err
	}
	for _, p := range report.Pins {
		if !p.IsAllowed() {
			return notAllowed(p, set)
		}
	}
	return nil
}

// notAllowed returns the error about a selected version that a constraint does
// not allow.
func notAllowed(p pins.Pin, set map[string]string) error {
	e := &diag.Error{
		Pos:  p.Constraint.Pos,
		Msg:  fmt.Sprintf("%s %s is selected, which %q does not allow", p.Path, p.Version, p.Constraint),
		Hint: "goshim freeze " + p.Path + " chooses another version",
	}
	if len(p.By) > 0 {
		e.Msg += ": " + strings.Join(p.By, ", ") + " requires it"
		e.Hint = "loosen the constraint, or constrain " + strings.Join(p.By, ", ") + " to a version that asks for less"
	} else if set[p.Path] != "" {
		e.Hint = "go mod graph shows who requires what"
	}
	return e
}

// newPlan says what the session has changed.
func newPlan(s *gorun.Session, list []pins.Module) (*Plan, error) {
	constraints, err := pins.Constraints(s)
	if err != nil {
		return nil, err
	}
	result, err := s.Result(modlayer.Exact)
	if err != nil {
		return nil, err
	}
	from, before, err := requires(s.Stack)
	if err != nil {
		return nil, err
	}
	to, after, err := requires(result)
	if err != nil {
		return nil, err
	}
	rules := modrule.Of(&s.Target.Policy.Env)
	plan := &Plan{File: s.Stack.Top().Name, Modules: len(list), Changes: gorun.Changes(s.Stack, result), Lines: lines(from, to)}
	for _, m := range list {
		p := pins.Pin{Module: m, Constraint: constraints[m.Path]}
		if after[p.Path] != p.Version {
			return nil, &diag.Error{Msg: fmt.Sprintf("%s cannot pin %s %s", plan.File, p.Path, p.Version), Hint: "go mod tidy, then try again"}
		}
		if before[p.Path] != p.Version {
			if broken := rules.Version(module.Version{Path: p.Path, Version: p.Version}); broken != nil {
				return nil, ruledOut(broken, p, s.Target.Policy.Choice)
			}
			plan.Pins = append(plan.Pins, Pin{p.Path, before[p.Path], p.Version, p.Constraint})
		}
	}
	return plan, nil
}

// ruledOut returns the refusal of a pin with which go build would be refused:
// the rules on versions are about what modfiles require, and before it was
// pinned, this version was not.
func ruledOut(b *modrule.Broken, p pins.Pin, choice policy.Choice) error {
	e := b.Refusal(choice, choice.WayOut())
	e.Msg = "freezing " + e.Msg
	e.Hint = "a constraint on " + p.Path + " chooses another version"
	if p.Constraint != nil {
		e.Pos = p.Constraint.Pos
		e.Hint = "change the constraint, or the rule"
	}
	return e
}

// lines returns the go and toolchain lines that change. They are not asked for,
// and the go line changes the language.
func lines(from, to *modfile.File) []Pin {
	values := func(f *modfile.File) (goLine, toolchain string) {
		goLine, toolchain = "none", "none"
		if f.Go != nil {
			goLine = f.Go.Version
		}
		if f.Toolchain != nil {
			toolchain = f.Toolchain.Name
		}
		return goLine, toolchain
	}
	oldGo, oldToolchain := values(from)
	newGo, newToolchain := values(to)
	all := []Pin{{Path: "go", Old: oldGo, New: newGo}, {Path: "toolchain", Old: oldToolchain, New: newToolchain}}
	return slices.DeleteFunc(all, func(p Pin) bool { return p.Old == p.New })
}

// requires returns a stack's merged modfile, and what it requires.
func requires(s *modlayer.Stack) (*modfile.File, map[string]string, error) {
	merged, err := s.Merge()
	if err != nil {
		return nil, nil, err
	}
	versions := make(map[string]string)
	for _, r := range merged.File().Require {
		versions[r.Mod.Path] = r.Mod.Version
	}
	return merged.File(), versions, nil
}

// Paths returns the files that change.
func (p *Plan) Paths() []string {
	var paths []string
	for _, c := range p.Changes {
		paths = append(paths, c.Path)
	}
	return paths
}

// Message returns the message of a commit of the changes.
func (p *Plan) Message() string {
	var b strings.Builder
	file := filepath.Base(p.File) // p.File may depend on the directory
	switch len(p.Pins) {
	case 0:
		b.WriteString(file + ": complete the sums of frozen modules\n\n")
	case 1:
		b.WriteString(file + ": freeze 1 module\n\n")
	default:
		fmt.Fprintf(&b, "%s: freeze %d modules\n\n", file, len(p.Pins))
	}
	for _, pin := range slices.Concat(p.Pins, p.Lines) {
		fmt.Fprintf(&b, "%s %s → %s\n", pin.Path, pin.From(), pin.New)
	}
	return b.String()
}

// From returns the version that was required, in words if there was none.
func (p *Pin) From() string {
	return cmp.Or(p.Old, "unpinned")
}
