package policy

import (
	"path"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
)

// A Skipped is a setting of a repository that is not applied.
type Skipped struct {
	Setting string // "proxy", "vars.CC", "flags.build -toolexec=x"
	Class   Class
	Pos     diag.Pos
	Name    string // as permit must have it, if it runs code: "CC", "-toolexec"
}

// restrict removes from e what may not be applied and returns it. A setting
// that widens stays if the file is trusted; one that runs code must also be
// among the permitted names: variables and flags, with patterns as in
// [path.Match].
func (e *Env) restrict(trusted bool, permit []string, current Current) []Skipped {
	var skipped []Skipped
	keep := func(setting, name string, class Class, pos diag.Pos) bool {
		if class == Narrows || trusted && (class == Widens || permitted(permit, name)) {
			return true
		}
		skipped = append(skipped, Skipped{setting, class, pos, name})
		return false
	}
	for i := range Keys {
		k := &Keys[i]
		switch f := k.field(e).(type) {
		case *String:
			if f.IsSet() && !keep(k.Name, k.Name, k.classOf(*f, current), f.Pos) {
				*f = String{}
			}
		case *List:
			if f.IsSet() && !keep(k.Name, k.Name, k.classOfList(*f, current), f.Pos) {
				*f = List{}
			}
		case *[]Var:
			*f = slices.DeleteFunc(slices.Clone(*f), func(v Var) bool {
				return !keep("vars."+v.Name, v.Name, classOfVar(v, current), v.Pos)
			})
		case *[]Route:
			var kept []Route
			for _, r := range *f {
				if keep("routes."+r.Pattern, k.Name, k.class(String{}), r.Proxies.Pos) {
					kept = append(kept, r)
				}
			}
			*f = kept
		case *[]CommandFlags:
			*f = slices.Clone(*f)
			for i := range *f {
				flags := &(*f)[i].Flags
				flags.Items = slices.DeleteFunc(slices.Clone(flags.Items), func(s String) bool {
					return !keep("flags."+(*f)[i].Command+" "+s.Value, flagName(s.Value), classOfFlag(s.Value), s.Pos)
				})
			}
		}
	}
	return skipped
}

func (k *Key) classOf(s String, current Current) Class {
	switch {
	case k.Name == "sumdb":
		return classOfSumdb(s.Value, current)
	case k.Name == "workspace" && s.Value != "off" && current("GOWORK") != "":
		return Widens // takes the user's own workspace away
	case k.class == nil:
		return Narrows
	}
	return k.class(s)
}

// classOfList returns the class of a list. Proxies narrow if they are the
// first of those that would be asked anyway: to leave out an earlier one could
// be to go past a gatekeeper.
func (k *Key) classOfList(l List, current Current) Class {
	if k.Name != "proxy" {
		class := k.classOf(String{}, current)
		for _, item := range l.Items {
			class = max(class, k.classOf(item, current))
		}
		return class
	}
	have := strings.FieldsFunc(current("GOPROXY"), func(r rune) bool { return r == ',' || r == '|' })
	for i, item := range l.Items {
		if item.Value == "off" {
			break
		}
		if i >= len(have) || strings.TrimSpace(have[i]) != item.Value {
			return Widens
		}
	}
	return Narrows
}

// permitted reports whether one of the patterns matches name.
func permitted(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, name)
		return ok && err == nil
	})
}
