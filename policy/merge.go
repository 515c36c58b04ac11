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

// sameAs returns the key that says the same as a variable or a flag, or that
// decides with a key, or "". What holds for one spelling must hold for all.
func sameAs(name string) string {
	switch name {
	case "GOPROXY", "fallback":
		return "proxy"
	case "GOPRIVATE":
		return "private"
	case "GONOPROXY":
		return "no_proxy"
	case "GONOSUMDB":
		return "no_sumdb"
	case "GOSUMDB":
		return "sumdb"
	case "GOTOOLCHAIN":
		return "toolchain"
	case "GOWORK":
		return "workspace"
	case "-tags":
		return "tags"
	case "-ldflags":
		return "inject"
	}
	return ""
}

// holdsElsewhere reports whether the base holds what a variable, a flag or a
// key says in another spelling.
func (m *merger) holdsElsewhere(base *Env, name string) bool {
	key := sameAs(name)
	if key == "" || !m.files {
		return false
	}
	i := slices.IndexFunc(Keys, func(k Key) bool { return k.Name == key })
	switch f := Keys[i].field(base).(type) {
	case *String:
		return m.locked(key) || f.Forced
	case *List:
		return m.locked(key) || f.Forced
	}
	return m.locked(key)
}

// withoutHeld returns the variables and the flags of over without those that
// the base holds in another spelling.
func (m *merger) withoutHeld(base *Env, over Env) Env {
	over.Vars = slices.DeleteFunc(slices.Clone(over.Vars), func(v Var) bool {
		if v.Name != "GOFLAGS" {
			return m.holdsElsewhere(base, v.Name)
		}
		words, _ := gocmd.SplitGOFLAGS(v.Value)
		return slices.ContainsFunc(words, func(w string) bool { return m.holdsElsewhere(base, flagName(w)) })
	})
	over.Flags = slices.Clone(over.Flags)
	for i := range over.Flags {
		items := slices.Clone(over.Flags[i].Flags.Items)
		over.Flags[i].Flags.Items = slices.DeleteFunc(items, func(s String) bool { return m.holdsElsewhere(base, flagName(s.Value)) })
	}
	if m.holdsElsewhere(base, "fallback") {
		over.Fallback = String{}
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
		case *RuleSet:
			*r = m.rules(k, *b.(*RuleSet), *o.(*RuleSet))
		case *[]RuleSet:
			*r = m.ruleSets(k, *b.(*[]RuleSet), *o.(*[]RuleSet))
		case *[]Var:
			*r = byName(m, "vars.", *b.(*[]Var), *o.(*[]Var))
		case *[]CommandFlags:
			*r = byName(m, "flags.", *b.(*[]CommandFlags), *o.(*[]CommandFlags))
		case *[]Inject:
			*r = byName(m, "inject.", *b.(*[]Inject), *o.(*[]Inject))
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
	case k.Merge == Union:
		over.Items = union(base.Items, over.Items)
	}
	return over
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

// A named item of a table whose keys the user chooses.
type named interface {
	name() string
	forced() bool
}

func (v Var) name() string          { return v.Name }
func (v Var) forced() bool          { return v.Op == Force }
func (c CommandFlags) name() string { return c.Command }
func (c CommandFlags) forced() bool { return c.Flags.Forced }
func (in Inject) name() string      { return in.Name }
func (in Inject) forced() bool      { return false }

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
