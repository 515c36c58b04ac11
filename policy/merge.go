package policy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/gocmd"
)

// Resolve returns the settings of the named environment of f: its own, laid
// over those that it inherits. A name that the file does not define has the
// settings of [common] only; so has every name where f is nil.
func (f *File) Resolve(name string) Env {
	if f == nil {
		return Env{}
	}
	chain := []*Env{}
	for e := f.env(name); e != nil; e = f.env(e.Inherits.Value) {
		chain = append(chain, e)
	}
	m := merger{}
	result := f.Common
	for _, e := range slices.Backward(chain) {
		result = m.lay(result, *e)
	}
	return result
}

// stack lays the settings of a file of lower authority over those of a file
// of higher authority, which holds those that it forces, tightens or locks.
func stack(env string, upper, lower Env, locks []string) Env {
	m := merger{files: true, env: env, locks: locks}
	return m.lay(upper, lower)
}

// A merger lays one environment over another.
type merger struct {
	files bool     // from different files: what the base tightens or forces holds
	env   string   // the environment's name, for locks
	locks []string // settings of the base that hold: "mod", "vars.CC", "env.prod.mod"
}

// locked reports whether the base locks a setting, by itself or as part of
// its key.
func (m *merger) locked(setting string) bool {
	key, _, _ := strings.Cut(setting, ".")
	return slices.ContainsFunc(m.locks, func(lock string) bool {
		lock = strings.TrimPrefix(lock, "env."+m.env+".")
		return lock == setting || lock == key
	})
}

// twins are the keys and the variables that say the same. What holds for one
// spelling must hold for the other.
var twins = [...]struct{ key, variable string }{
	{"proxy", "GOPROXY"},
	{"private", "GOPRIVATE"},
	{"no_proxy", "GONOPROXY"},
	{"no_sumdb", "GONOSUMDB"},
	{"sumdb", "GOSUMDB"},
	{"toolchain", "GOTOOLCHAIN"},
	{"workspace", "GOWORK"},
}

// field returns the pointer to the field of the key with the given name.
func (e *Env) field(key string) any {
	i := slices.IndexFunc(Keys, func(k Key) bool { return k.Name == key })
	return Keys[i].field(e)
}

// holdsKey reports whether the base locks or forces a key, by itself or by the
// variable that says the same. Who holds the private patterns holds which of
// them the proxies and the database are asked for.
func (m *merger) holdsKey(base *Env, key string) bool {
	if m.locked(key) {
		return true
	}
	switch f := base.field(key).(type) {
	case *String:
		if f.Forced {
			return true
		}
	case *List:
		if f.Forced {
			return true
		}
	}
	for _, t := range twins {
		if t.key == key && m.holdsVar(base, t.variable) {
			return true
		}
	}
	return (key == "no_proxy" || key == "no_sumdb") && m.holdsKey(base, "private")
}

// holdsVar reports whether the base forces a variable or locks it: by its own
// name, or as one of those that it sets.
func (m *merger) holdsVar(base *Env, name string) bool {
	if !m.locked("vars." + name) {
		return base.forces(name)
	}
	return !m.locked("vars") || slices.ContainsFunc(base.Vars, func(v Var) bool { return v.Name == name })
}

// forces reports whether the environment forces a variable.
func (e *Env) forces(variable string) bool {
	return slices.ContainsFunc(e.Vars, func(v Var) bool { return v.Name == variable && v.Op == Force })
}

// holdsFlag reports whether the base holds what a flag says: by a key, or by
// GOFLAGS, which a flag on the command line would overrule.
func (m *merger) holdsFlag(base *Env, name string) bool {
	switch name {
	case "tags":
		if m.holdsKey(base, "tags") {
			return true
		}
	case "ldflags":
		if slices.ContainsFunc(m.locks, func(lock string) bool { return strings.Contains("."+lock, ".inject") }) {
			return true
		}
	}
	if !m.locked("vars.GOFLAGS") && !base.forces("GOFLAGS") {
		return false
	}
	words, _ := gocmd.SplitGOFLAGS(base.variable("GOFLAGS"))
	return slices.ContainsFunc(words, func(w string) bool { return flagName(w) == "-"+name })
}

// withoutHeld returns over without the settings that the base holds in
// another spelling.
func (m *merger) withoutHeld(base *Env, over Env) Env {
	if !m.files {
		return over
	}
	for _, t := range twins {
		if !m.holdsKey(base, t.key) {
			continue
		}
		over.Vars = slices.DeleteFunc(slices.Clone(over.Vars), func(v Var) bool { return v.Name == t.variable })
		switch f := over.field(t.key).(type) {
		case *String:
			*f = String{}
		case *List:
			*f = List{}
		}
		if t.key == "proxy" {
			over.Fallback = String{}
		}
	}
	held := func(word string) bool { return m.holdsFlag(base, flagName(word)[1:]) }
	over.Vars = slices.DeleteFunc(slices.Clone(over.Vars), func(v Var) bool {
		words, _ := gocmd.SplitGOFLAGS(v.Value)
		return v.Name == "GOFLAGS" && slices.ContainsFunc(words, held)
	})
	over.Flags = slices.Clone(over.Flags)
	for i := range over.Flags {
		items := slices.Clone(over.Flags[i].Flags.Items)
		over.Flags[i].Flags.Items = slices.DeleteFunc(items, func(s String) bool { return held(s.Value) })
	}
	return over
}

// flagName returns the name of a flag as written, with one dash.
func flagName(word string) string {
	name, _, _ := gocmd.CutFlag(word)
	return "-" + name
}

func (m *merger) lay(base, over Env) Env {
	over = m.withoutHeld(&base, over)
	result := over
	for i := range Keys {
		k := &Keys[i]
		b, o, r := k.field(&base), k.field(&over), k.field(&result)
		switch r := r.(type) {
		case *String:
			*r = m.string(k, *b.(*String), *o.(*String))
		case *Bool:
			*r = m.bool(k, *b.(*Bool), *o.(*Bool))
		case *List:
			*r = m.list(k, *b.(*List), *o.(*List))
		case *Stack:
			*r = m.stack(k, *b.(*Stack), *o.(*Stack))
		case *RuleSet:
			*r = m.rules(k, *b.(*RuleSet), *o.(*RuleSet))
		case *[]RuleSet:
			*r = m.ruleSets(k, *b.(*[]RuleSet), *o.(*[]RuleSet))
		case *[]Var:
			*r = byName(m, "vars.", *b.(*[]Var), *o.(*[]Var))
		case *[]CommandFlags:
			*r = byName(m, "flags.", *b.(*[]CommandFlags), *o.(*[]CommandFlags))
		case *[]Route:
			*r = m.routes(&base, *b.(*[]Route), *o.(*[]Route))
		case *[]Entry:
			*r = byName(m, k.Name+".", *b.(*[]Entry), *o.(*[]Entry))
		}
	}
	return result
}

// holds reports whether the base's setting counts whatever lies over it.
func (m *merger) holds(k *Key, baseForced bool) bool {
	return m.locked(k.Name) || m.files && baseForced
}

func (m *merger) string(k *Key, base, over String) String {
	switch {
	case m.holds(k, base.Forced):
		base.Forced = base.IsSet()
		return base
	case !over.IsSet():
		return base
	case m.tightens(k) && base.Value != over.Value && slices.Contains(k.exclusive, base.Value) && slices.Contains(k.exclusive, over.Value):
		over.Value = k.Enum[len(k.Enum)-1]
	case m.tightens(k) && base.IsSet() && strictness(k, base.Value) > strictness(k, over.Value):
		return base
	}
	return over
}

func (m *merger) bool(k *Key, base, over Bool) Bool {
	switch {
	case m.holds(k, false), !over.IsSet():
		return base
	case m.tightens(k) && base.IsSet() &&
		strictness(k, strconv.FormatBool(base.Value)) > strictness(k, strconv.FormatBool(over.Value)):
		return base
	}
	return over
}

func (m *merger) tightens(k *Key) bool { return m.files && k.Merge == Tighten }

// strictness orders the values of a key that tightens.
func strictness(k *Key, value string) int { return slices.Index(k.Enum, value) }

func (m *merger) list(k *Key, base, over List) List {
	switch {
	case m.holds(k, base.Forced):
		base.Forced = base.IsSet()
		return base
	case !over.IsSet():
		return base
	case k.Merge == Union, m.tightens(k):
		over.Items = union(base.Items, over.Items)
	}
	return over
}

func (m *merger) stack(k *Key, base, over Stack) Stack {
	if m.locked(k.Name) {
		return base
	}
	return union(base, over)
}

// union returns the items of a and those of b that a has not.
func union(a, b []String) []String {
	result := slices.Clip(a)
	for _, item := range b {
		if !slices.ContainsFunc(a, func(s String) bool { return s.Value == item.Value }) {
			result = append(result, item)
		}
	}
	return result
}

func (m *merger) rules(k *Key, base, over RuleSet) RuleSet {
	if m.locked(k.Name) || !over.IsSet() {
		return base
	}
	over.Rules = slices.Concat(base.Rules, over.Rules)
	return over
}

// ruleSets merges the lists of allowed commands. Within a file the upper list
// counts; across files a command must be allowed by each.
func (m *merger) ruleSets(k *Key, base, over []RuleSet) []RuleSet {
	switch {
	case m.locked(k.Name) || over == nil:
		return base
	case m.files:
		return slices.Concat(base, over)
	}
	return over
}

// routes puts the routes of over before those of base, because the first that
// matches counts. Those that the base holds stay first. One that also holds
// which proxies are asked, or for what, has no routes laid over it.
func (m *merger) routes(env *Env, base, over []Route) []Route {
	for _, key := range [...]string{"routes", "proxy", "private", "no_proxy"} {
		if m.files && m.holdsKey(env, key) {
			over = nil
		}
	}
	var held, own, rest []Route
	for _, r := range base {
		switch {
		case m.locked("routes."+r.Pattern) || m.files && r.Proxies.Forced:
			held = append(held, r)
		case !hasRoute(over, r.Pattern):
			rest = append(rest, r)
		}
	}
	for _, r := range over {
		if !hasRoute(held, r.Pattern) {
			own = append(own, r)
		}
	}
	return append(append(held, own...), rest...)
}

func hasRoute(routes []Route, pattern string) bool {
	for _, r := range routes {
		if r.Pattern == pattern {
			return true
		}
	}
	return false
}

// A named item of a table whose keys the user chooses.
type named interface {
	name() string
	forced() bool
}

func (v Var) name() string          { return v.Name }
func (v Var) forced() bool          { return v.Op == Force }
func (c CommandFlags) name() string { return c.Command }
func (c CommandFlags) forced() bool { return c.Flags.Forced }
func (e Entry) name() string        { return e.Name }
func (e Entry) forced() bool        { return false }

// byName lays the items of over over those of base that have the same name,
// except where the base holds its own. Locks name an item as prefix and name.
func byName[T named](m *merger, prefix string, base, over []T) []T {
	result := slices.Clone(base)
	for _, item := range over {
		if m.locked(prefix + item.name()) {
			continue
		}
		i := slices.IndexFunc(base, func(b T) bool { return b.name() == item.name() })
		switch {
		case i < 0:
			result = append(result, item)
		case !m.files || !base[i].forced():
			result[i] = item
		}
	}
	return result
}
