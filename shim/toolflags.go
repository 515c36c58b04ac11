package shim

import (
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/policy"
)

// mergePerPackage merges the policy's -ldflags, -gcflags or -asmflags with the
// caller's: of two flags that match a package the go command takes the last
// one, and drops the other's contents. The policy's words come first, so that
// where the tool takes the last word, the caller's counts. A caller who typed
// an empty value wants none.
//
// Patterns are compared as text, but for "all", which every package matches.
// Words that are forced go into every flag of the caller's, and an empty one is
// an error.
func (p *planner) mergePerPackage(name, value string, flag policy.String) error {
	pattern, words, _ := gocmd.CutPattern(value)
	typed, ok := p.perPackageFlags(name)
	switch {
	case !ok:
		return nil
	case flag.Forced:
		p.mergeIntoAll(name, pattern, words, flag.Pos)
		return checkNotEmpty(name, typed, flag.Pos)
	}
	merged := false
	for i, value := range slices.Backward(typed) {
		theirs, own, _ := gocmd.CutPattern(value)
		switch {
		case theirs == pattern && own == "":
			merged = true
		case theirs == pattern || pattern == "all" && own != "":
			merged = merged || theirs == pattern
			p.replacePerPackage(name, i, join(theirs, words+" "+own))
		case theirs == "all":
			// It would hide the policy's words: say both for its packages.
			merged = true
			p.replacePerPackage(name, i, value, join(pattern, words+" "+own))
		}
	}
	if !merged {
		p.cmd = p.cmd.Insert("-" + name + "=" + value)
	}
	p.because(flag.Pos, "merged -"+name+"="+value)
	return nil
}

// checkNotEmpty refuses an empty value, which would clear what is forced.
func checkNotEmpty(name string, typed []string, source diag.Pos) error {
	for _, value := range typed {
		if _, own, _ := gocmd.CutPattern(value); strings.TrimSpace(own) == "" {
			return &diag.Error{Pos: source, Msg: "-" + name + " is forced, but the caller has an empty one", Hint: "leave out -" + name + "=" + value}
		}
	}
	return nil
}

// mergeIntoAll adds words to every flag of the name that the caller has,
// whatever its pattern, and gives an own flag for the packages that match the
// policy's pattern and none of those.
func (p *planner) mergeIntoAll(name, pattern, words string, source diag.Pos) {
	typed, ok := p.perPackageFlags(name)
	if !ok {
		return
	}
	has := false
	for i, value := range typed {
		theirs, own, _ := gocmd.CutPattern(value)
		has = has || theirs == pattern
		p.replacePerPackage(name, i, join(theirs, strings.TrimSpace(words+" "+own)))
	}
	if !has {
		p.cmd = p.cmd.Insert("-" + name + "=" + join(pattern, words))
	}
	p.because(source, "merged -"+name+"="+join(pattern, words))
}

// perPackageFlags returns the values of the flags of the given name in the
// order that the go command sees them. Those of GOFLAGS are first copied to the
// command line, because there they can be merged with. If one is malformed, ok
// is false: the go command will say so.
func (p *planner) perPackageFlags(name string) (values []string, ok bool) {
	if !slices.Contains(p.copied, name) {
		p.copied = append(p.copied, name)
		words, _ := p.goflags()
		var flags []string
		for _, word := range words {
			if n, v, _ := gocmd.CutFlag(word); n == name {
				flags = append(flags, "-"+name+"="+v)
			}
		}
		p.cmd = p.cmd.Insert(flags...)
	}
	values = p.cmd.Values(name)
	for _, value := range values {
		if _, _, ok := gocmd.CutPattern(value); !ok {
			return nil, false
		}
	}
	return values, true
}

// replacePerPackage gives the n-th flag of the name other values.
func (p *planner) replacePerPackage(name string, n int, values ...string) {
	flags := make([]string, len(values))
	for i, value := range values {
		flags[i] = "-" + name + "=" + value
	}
	for i, f := range p.cmd.Flags {
		if f.Name != name {
			continue
		}
		if n == 0 {
			p.cmd = p.cmd.Replace(i, flags...)
			return
		}
		n--
	}
}

func join(pattern, words string) string {
	if pattern == "" {
		return words
	}
	return pattern + "=" + words
}

// applyInject sets the program's variables that the policy names, from facts
// of git. Only commands whose result stays get them: in tests they would undo
// the test cache with every commit.
func (p *planner) applyInject() error {
	injects := p.policy.Inject
	if len(injects) == 0 || p.typed.AtVersion() {
		return nil
	}
	switch p.typed.Words {
	case "build", "install", "run":
	default:
		return nil
	}
	values, err := Injections(p.policy, p.dir)
	if err != nil {
		return err
	}
	var words []string
	for _, in := range values {
		words = append(words, "-X", in.Name+"="+in.Value)
	}
	value, err := gocmd.JoinQuoted(words)
	if err != nil {
		return &diag.Error{Pos: injects[0].Pos, Msg: "inject: " + err.Error()}
	}
	p.mergeIntoAll("ldflags", "", value, injects[0].Pos)
	return nil
}
