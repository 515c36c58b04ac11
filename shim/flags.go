package shim

import (
	"cmp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/policy"
)

func quote(s string) string { return strconv.Quote(s) }

// perPackage are the flags of which the go command takes, for each package,
// the last one that matches (cmd/go/internal/load.PerPackageFlag).
var perPackage = []string{"ldflags", "gcflags", "asmflags"}

// applyFlags gives the command the flags that the policy has for it. They go
// right behind the command words, where they are defaults: what the caller
// typed comes later. They are for this repository's packages: a command for
// another module, install p@v, does not get them.
func (p *planner) applyFlags() error {
	for _, c := range p.policy.Flags {
		if c.Command != p.typed.Words {
			continue
		}
		if p.typed.AtVersion() {
			p.because(c.Flags.Pos, "flags not added: the command is about another module")
			continue
		}
		for _, flag := range c.Flags.Items {
			flag.Forced = c.Flags.Forced
			if err := p.applyFlag(flag); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *planner) applyFlag(flag policy.String) error {
	name, value, _ := gocmd.CutFlag(flag.Value)
	if why := p.contradicts(flag.Value); why != "" {
		return p.leaveOut(flag, why)
	}
	switch {
	case name == "tags":
		if err := p.checkCleared(flag.Forced, flag.Pos); err != nil {
			return err
		}
		p.mergeTags(gocmd.SplitTags(value), flag.Pos)
		return nil
	case slices.Contains(perPackage, name):
		return p.mergePerPackage(name, value, flag)
	}
	return p.addFlag(flag)
}

// contradicts returns why the command cannot have a flag of the policy in
// addition to what the caller says, or "".
func (p *planner) contradicts(word string) string {
	if p.typed.Spec == nil {
		return ""
	}
	name, _, _ := gocmd.CutFlag(word)
	value, _ := gocmd.LastFlag([]string{word}, name)
	if value == "false" {
		return ""
	}
	if p.typed.Spec.Flag(name) != gocmd.None {
		if fault := p.sanitizerFault(name); fault != "" {
			return fault
		}
	}
	typed := func(name string) (string, bool) {
		value, _, ok := p.typedFlag(name)
		return value, ok
	}
	if other := p.typed.Spec.Contradiction(name, value, typed); other != "" {
		_, where, _ := p.typedFlag(other)
		return where + " has -" + other
	}
	other := p.typed.Spec.Needs(name, value, func(name string) (string, bool) {
		if value, ok := typed(name); ok {
			return value, true
		}
		return gocmd.LastFlag(p.policy.FlagsOf(p.typed.Words), name)
	})
	if other != "" {
		return "the command has no -" + other
	}
	return ""
}

// sanitizerFault returns why the packages cannot be built with -race, -msan or
// -asan, or "".
func (p *planner) sanitizerFault(name string) string {
	if name != "race" && name != "msan" && name != "asan" {
		return ""
	}
	system := func(name, own string) string {
		value, _ := p.env.Effective(name)
		return cmp.Or(value, own)
	}
	goos, goarch := system("GOOS", runtime.GOOS), system("GOARCH", runtime.GOARCH)
	return gocmd.SanitizerFault(name, goos, goarch, system("CGO_ENABLED", ""), goos == runtime.GOOS && goarch == runtime.GOARCH)
}

// leaveOut notes that a flag is not added, or refuses the command if it is forced.
func (p *planner) leaveOut(flag policy.String, why string) error {
	if flag.Forced {
		return &diag.Error{Pos: flag.Pos, Msg: flag.Value + " is forced, but " + why, Hint: "the two cannot be together"}
	}
	p.yields(YieldsBuild, flag.Pos, flag.Value+" not added: "+why)
	return nil
}

// checkCleared refuses an empty -tags= on the command line, which would clear
// tags that are forced.
func (p *planner) checkCleared(forced bool, source diag.Pos) error {
	if value, ok := p.typed.Flag("tags"); !ok || !forced || len(gocmd.SplitTags(value)) > 0 {
		return nil
	}
	return &diag.Error{Pos: source, Msg: "-tags is forced, but the command line has an empty one", Hint: "leave out -tags"}
}

// addFlag adds a flag, unless the caller has the same one on the command line
// or in the environment's GOFLAGS. If the flag is forced and the caller's
// differs, that is an error which names both.
func (p *planner) addFlag(flag policy.String) error {
	name, value, hasValue := gocmd.CutFlag(flag.Value)
	if !hasValue {
		value = "true"
	}
	typed, where, ok := p.typedFlag(name)
	switch {
	case !ok:
		p.cmd = p.cmd.Insert(flag.Value)
		p.because(flag.Pos, "added "+flag.Value)
	case typed == value || gocmd.SameBool(typed, value):
		p.because(flag.Pos, flag.Value+" not added: "+where+" has -"+name+"="+typed)
	case !flag.Forced:
		p.yields(YieldsBuild, flag.Pos, flag.Value+" not added: "+where+" has -"+name+"="+typed)
	default:
		return &diag.Error{
			Pos:  flag.Pos,
			Msg:  flag.Value + " is forced, but " + where + " has -" + name + "=" + typed,
			Hint: "leave it out of " + where,
		}
	}
	return nil
}

// typedFlag returns the value of a flag as the caller gave it, and where.
func (p *planner) typedFlag(name string) (value, where string, ok bool) {
	for _, typed := range []string{name, "test." + name} { // go test takes both
		if value, ok := p.typed.Flag(typed); ok {
			return value, "the command line", true
		}
	}
	words, _ := gocmd.SplitGOFLAGS(p.callerGOFLAGS)
	value, ok = gocmd.LastFlag(words, name)
	return value, "GOFLAGS", ok
}

// goflags returns the words of the effective GOFLAGS. A value that the go
// command cannot split is left to it to report: then ok is false.
func (p *planner) goflags() (words []string, ok bool) {
	current, _ := p.env.Effective("GOFLAGS")
	words, err := gocmd.SplitGOFLAGS(current)
	return words, err == nil
}

func (p *planner) setGOFLAGS(words []string, source diag.Pos) error {
	value, err := gocmd.JoinGOFLAGS(words)
	if err != nil {
		return &diag.Error{Pos: source, Msg: "GOFLAGS: " + err.Error()}
	}
	p.env.Set("GOFLAGS", value, source)
	return nil
}

// applyTags adds the policy's build tags: to GOFLAGS, so that the go commands
// which tests and generators start have them too, and to what the caller
// typed, which would replace them. The tags are the repository's: a command
// for another module, install p@v, does not get them.
func (p *planner) applyTags() error {
	tags := p.policy.Tags
	words, ok := p.goflags()
	if len(tags.Items) == 0 || !ok || p.typed.AtVersion() {
		return nil
	}
	if err := p.checkCleared(tags.Forced, tags.Pos); err != nil {
		return err
	}
	if err := p.setGOFLAGS(gocmd.WithTags(words, tags.Strings()), tags.Pos); err != nil {
		return err
	}
	if p.typed.Spec != nil && p.typed.Has("tags") {
		p.mergeTags(tags.Strings(), tags.Pos)
	}
	return nil
}

// mergeTags adds tags to the command's own. A caller who typed an empty -tags=
// wants none.
func (p *planner) mergeTags(tags []string, source diag.Pos) {
	if p.typed.Spec.Flag("tags") == gocmd.None {
		return
	}
	i := p.cmd.Index("tags")
	have := []string(nil)
	if i >= 0 {
		if have = gocmd.SplitTags(p.cmd.Flags[i].Value); len(have) == 0 {
			p.yields(YieldsBuild, source, "tags not added: the command line has an empty -tags=")
			return
		}
	} else {
		words, _ := p.goflags()
		value, _ := gocmd.LastFlag(words, "tags")
		have = gocmd.SplitTags(value)
	}
	merged := gocmd.AddTags(have, tags)
	if len(merged) == len(have) && i >= 0 {
		return
	}
	flag := "-tags=" + strings.Join(merged, ",")
	if i >= 0 {
		p.cmd = p.cmd.Replace(i, flag)
	} else {
		p.cmd = p.cmd.Insert(flag)
	}
	p.because(source, "tags merged: "+flag)
}
