package policy

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/gomod"
)

// An effect is what settings come to for a caller.
type effect struct {
	*Env
	set    *envset.Set
	root   string                         // where the repository's file lies
	flags  map[string]map[string][]string // by command and name, the values of flags; of "", those in GOFLAGS; of "*", those that packages are loaded with, too
	failed []string                       // variables that could not be unset
}

// effectOf returns the effect of settings on a caller, whose variables it changes.
func effectOf(env *Env, root string, caller *envset.Set) *effect {
	e := &effect{Env: env, set: caller, root: root}
	exported, _ := gocmd.SplitGOFLAGS(caller.Get("GOFLAGS"))
	s := Setter{Env: env, Set: e.set, Work: env.Workspace.Value}
	if w := s.Work; w != "" && w != "off" && w != "auto" {
		s.Work = filepath.Join(root, filepath.FromSlash(w))
	}
	_ = s.Variables() // what failed is compared
	e.failed = s.failed
	s.Key("GOTOOLCHAIN", env.Toolchain, env.Toolchain.Value)
	goflags, _ := gocmd.SplitGOFLAGS(e.value("GOFLAGS"))
	e.flags = map[string]map[string][]string{"": byFlag(goflags)}
	add := func(words ...string) []string {
		words = slices.DeleteFunc(words, func(w string) bool {
			name, _, _ := gocmd.CutFlag(w)
			_, yields := gocmd.LastFlag(exported, name)
			return yields && !addsUp(name)
		})
		return slices.Concat(goflags, words)
	}
	if m := env.Mod.Value; m != "" && m != "auto" {
		goflags = add("-mod=" + m)
	}
	e.flags["*"] = byFlag(goflags)
	for _, c := range env.Flags {
		e.flags[c.Command] = byFlag(add(c.Flags.Strings()...))
	}
	return e
}

// value returns the value of a variable that go commands get.
func (e *effect) value(name string) string {
	v, _ := e.set.Effective(name)
	return strings.TrimSpace(v)
}

// byFlag returns the values of flags by name, in their order.
func byFlag(words []string) map[string][]string {
	m := make(map[string][]string)
	for _, word := range words {
		name, value, hasValue := gocmd.CutFlag(word)
		if !hasValue {
			value = "true"
		}
		m[name] = append(m[name], value)
	}
	return m
}

// narrows reports whether e leaves in force what above does, and adds nothing but
// what narrows that.
func (e *effect) narrows(above *effect) bool {
	if e.set.Conflict() != nil {
		return true // the command is refused
	}
	if !slices.Equal(e.failed, above.failed) {
		return false
	}
	for i := range Keys {
		if keeps := Keys[i].keeps; keeps != nil && !keeps(above, e) {
			return false
		}
	}
	return e.keepsVariables(above) && e.keepsFlags(above)
}

// keepsVariables compares those variables that either effect sets.
func (e *effect) keepsVariables(above *effect) bool {
	for _, change := range slices.Concat(above.set.Changes(), e.set.Changes()) {
		name := change.Name
		if name == "GOFLAGS" {
			continue // by its flags
		}
		if a, b := above.value(name), e.value(name); a != b && !narrowsVariable(name, above, e) {
			return false
		}
	}
	return true
}

// narrowsVariable reports whether the value that below gives a variable is
// narrower than the one it has above. Nothing is known to be narrower than a value
// that somebody chose, except what the cases say.
func narrowsVariable(name string, above, below *effect) bool {
	a, b := above.value(name), below.value(name)
	switch name {
	case "GOPROXY":
		return narrowsProxies(a, b, above.choosesProxies())
	case "GOPRIVATE":
		return samePatterns(a, b)
	case "GONOPROXY", "GONOSUMDB":
		// Fewer patterns tell names to strangers, more pass over gatekeepers.
		return samePatterns(above.patterns(name), below.patterns(name))
	case "GOSUMDB":
		return orPublic(a) == orPublic(b)
	case "GOVCS":
		rest, ok := strings.CutPrefix(b, a+",") // the first rule that matches counts
		return b == "*:off" || a == "" && isOff(b) || a != "" && ok && isOff(rest)
	case "GOINSECURE":
		return isSubset(splitList(b), splitList(a))
	case "GOTOOLCHAIN":
		return b == "local" && (a == "" || a == "auto" || a == "path")
	case "GOWORK":
		return (a == "" || a == "auto") && (b == "off" || b == "auto") || a == "" && below.root != "" && gomod.Within(below.root, b)
	case "GO111MODULE":
		return (a == "" || a == "auto") && b == "on"
	case "CGO_ENABLED":
		return a == "" && b == "0" // fewer tools run
	}
	return a == "" && slices.Contains(choices, name)
}

// choices are the variables whose value is nothing but a choice: what is built,
// and how fast.
var choices = []string{
	"GOOS", "GOARCH", "GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOWASM",
	"GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GOTRACEBACK",
}

const publicSumdb = "sum.golang.org"

// orPublic returns a checksum database, by default the public one.
func orPublic(sumdb string) string {
	if sumdb == "" {
		return publicSumdb
	}
	return sumdb
}

// choosesProxies reports whether anybody chose the proxies: a policy, or the user.
// The toolchain's own go.env does not count.
func (e *effect) choosesProxies() bool {
	if e.set.Get("GOPROXY") != "" {
		return true
	}
	value := e.value("GOPROXY")
	byDefault, _ := e.set.ToolchainFileValue("GOPROXY")
	return value != "" && value != byDefault
}

// narrowsProxies reports whether the list b asks nobody whom a does not ask: it is
// the first of a, in the same order, and goes on no more easily. To leave out an
// earlier proxy could be to go past a gatekeeper. Where nobody chose a, a repository
// that names the first of it would make a stranger one of the user's proxies, whom
// private names may be told.
func narrowsProxies(a, b string, chosen bool) bool {
	if b == "off" {
		return true
	}
	above, below := splitProxies(a), splitProxies(b)
	if !chosen || len(below) == 0 {
		return false
	}
	for i, p := range below {
		switch {
		case p.url == "off":
			return i > 0
		case i >= len(above) || above[i].url != p.url:
			return false
		case i > 0 && below[i-1].sep == '|' && above[i-1].sep != '|':
			return false
		}
	}
	return true
}

// A listed is an item of GOPROXY and what separates it from the next.
type listed struct {
	url string
	sep byte
}

func splitProxies(list string) []listed {
	var all []listed
	for list != "" {
		item, sep := list, byte(0)
		if i := strings.IndexAny(list, ",|"); i >= 0 {
			item, sep, list = list[:i], list[i], list[i+1:]
		} else {
			list = ""
		}
		if item = strings.TrimSpace(item); item != "" {
			all = append(all, listed{item, sep})
		}
	}
	return all
}

// patterns returns GONOPROXY or GONOSUMDB, which are GOPRIVATE where not set.
func (e *effect) patterns(name string) string {
	if v := e.value(name); v != "" {
		return v
	}
	return e.value("GOPRIVATE")
}

// samePatterns reports whether two lists of patterns have the same ones.
func samePatterns(a, b string) bool {
	x, y := splitList(a), splitList(b)
	return isSubset(x, y) && isSubset(y, x)
}

// splitList splits a list of patterns; "none" is one that matches nothing.
func splitList(s string) []string {
	items := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
	return slices.DeleteFunc(items, func(item string) bool { return item == "none" })
}

func isSubset(a, b []string) bool {
	return !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

// isOff reports whether every rule of GOVCS switches version control off.
func isOff(rules string) bool {
	for rule := range strings.SplitSeq(rules, ",") {
		if !strings.HasSuffix(rule, ":off") {
			return false
		}
	}
	return true
}

// keepsFlags compares, command by command, what the flags are that stand in
// GOFLAGS and that policies add.
func (e *effect) keepsFlags(above *effect) bool {
	for _, flags := range []map[string]map[string][]string{above.flags, e.flags} {
		for command := range flags {
			if !keepsFlags(above.flagsOf(command), e.flagsOf(command)) {
				return false
			}
		}
	}
	return true
}

func (e *effect) flagsOf(command string) map[string][]string {
	if f, ok := e.flags[command]; ok {
		return f
	}
	return e.flags["*"]
}

// keepsFlags reports whether the flags of above are among those of below. Tags and
// the flags of the tools add up; of the others one counts, and so each must say the
// same.
func keepsFlags(above, below map[string][]string) bool {
	for name, a := range above {
		b := below[name]
		switch {
		case slices.Equal(a, b):
		case name == "tags":
			if !isSubset(gocmd.SplitTags(strings.Join(a, ",")), gocmd.SplitTags(strings.Join(b, ","))) {
				return false
			}
		case addsUp(name):
			if !isSubsequence(a, b) {
				return false
			}
		case len(b) == 0, slices.ContainsFunc(b, func(v string) bool { return !narrowsFlag(name, a[len(a)-1], v) }):
			return false
		}
	}
	return true
}

// addsUp reports whether a flag of which there are several is merged.
func addsUp(name string) bool { return name == "tags" || strings.HasSuffix(name, "flags") }

func narrowsFlag(name, above, below string) bool {
	if name == "mod" && above == "mod" && below == "readonly" {
		return true
	}
	return above == below || gocmd.SameBool(above, below)
}

func isSubsequence(a, b []string) bool {
	for _, s := range b {
		if len(a) > 0 && a[0] == s {
			a = a[1:]
		}
	}
	return len(a) == 0
}
