package shim

import (
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
)

// mergePerPackage merges the policy's -ldflags, -gcflags or -asmflags with the
// caller's of the same pattern: of two flags that match a package the go
// command takes the last one, and drops the other's contents. The policy's
// words come first, so that where the tool takes the last word, the caller's
// counts. A caller who typed an empty value wants none.
func (p *planner) mergePerPackage(name, value string, source diag.Pos) {
	pattern, words := cutPattern(value)
	merged := false
	for i, typed := range p.perPackageFlags(name) {
		theirs, own := cutPattern(typed)
		if theirs != pattern {
			continue
		}
		merged = true
		if own != "" {
			p.replacePerPackage(name, i, join(pattern, words+" "+own))
		}
	}
	if !merged {
		p.cmd = p.cmd.Insert("-" + name + "=" + value)
	}
	p.because(source, "merged -"+name+"="+value)
}

// mergeIntoAll adds words to every -ldflags of the caller's, whatever its
// pattern, and gives an own flag for the packages that none of them matches.
func (p *planner) mergeIntoAll(name, words string, source diag.Pos) {
	unpatterned := false
	for i, typed := range p.perPackageFlags(name) {
		pattern, own := cutPattern(typed)
		unpatterned = unpatterned || pattern == ""
		p.replacePerPackage(name, i, join(pattern, strings.TrimSpace(words+" "+own)))
	}
	if !unpatterned {
		p.cmd = p.cmd.Insert("-" + name + "=" + words)
	}
	p.because(source, "merged -"+name+"="+words)
}

// perPackageFlags returns the values of the flags of the given name in the
// order that the go command sees them. Those of GOFLAGS are first copied to the command line
// if it has none, because there they can be merged with.
func (p *planner) perPackageFlags(name string) []string {
	if !p.cmd.Has(name) {
		words, _ := p.goflags()
		var flags []string
		for _, word := range words {
			if n, v, _ := strings.Cut(strings.TrimLeft(word, "-"), "="); n == name {
				flags = append(flags, "-"+name+"="+v)
			}
		}
		p.cmd = p.cmd.Insert(flags...)
	}
	return p.cmd.Values(name)
}

// replacePerPackage gives the n-th flag of the name another value.
func (p *planner) replacePerPackage(name string, n int, value string) {
	for i, f := range p.cmd.Flags {
		if f.Name != name {
			continue
		}
		if n == 0 {
			p.cmd = p.cmd.Replace(i, "-"+name+"="+value)
			return
		}
		n--
	}
}

// cutPattern splits the value of a per-package flag into its package pattern,
// if it has one, and the words for the tool
// (cmd/go/internal/load.PerPackageFlag.set).
func cutPattern(value string) (pattern, words string) {
	value = strings.TrimSpace(value)
	if strings.HasPrefix(value, "-") {
		return "", value
	}
	if before, after, ok := strings.Cut(value, "="); ok {
		return strings.TrimSpace(before), after
	}
	return "", value
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
	facts := &facts{root: p.policy.Root, dir: p.dir}
	var words []string
	for _, in := range injects {
		value, err := facts.expand(in)
		if err != nil {
			return err
		}
		words = append(words, "-X", in.Name+"="+value)
	}
	value, err := gocmd.JoinQuoted(words)
	if err != nil {
		return &diag.Error{Pos: injects[0].Pos, Msg: "inject: " + err.Error()}
	}
	p.mergeIntoAll("ldflags", value, injects[0].Pos)
	return nil
}
