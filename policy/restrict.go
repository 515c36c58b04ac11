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
func (e *Env) restrict(trusted bool, permit []string, current func(name string) string) []Skipped {
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
			if f.IsSet() && !keep(k.Name, k.Name, k.classOf(*f), f.Pos) {
				*f = String{}
			}
		case *List:
			if f.IsSet() && !keep(k.Name, k.Name, k.classOfList(*f, current), f.Pos) {
				*f = List{}
			}
		case *[]Var:
			*f = slices.DeleteFunc(slices.Clone(*f), func(v Var) bool {
				return !keep("vars."+v.Name, v.Name, classOfVar(v), v.Pos)
			})
		case *[]CommandFlags:
			*f = slices.Clone(*f)
			for i := range *f {
				flags := &(*f)[i].Flags
				flags.Items = slices.DeleteFunc(slices.Clone(flags.Items), func(s String) bool {
					name, _, _ := strings.Cut("-"+strings.TrimLeft(s.Value, "-"), "=")
					return !keep("flags."+(*f)[i].Command+" "+s.Value, name, classOfFlag(s.Value), s.Pos)
				})
			}
		}
	}
	return skipped
}

func (k *Key) classOf(s String) Class {
	if k.class == nil {
		return Narrows
	}
	return k.class(s)
}

// classOfList returns the class of a list: for proxies it narrows if every
// one of them would be asked without it too.
func (k *Key) classOfList(l List, current func(name string) string) Class {
	if k.Name != "proxy" {
		return k.classOf(String{})
	}
	have := strings.FieldsFunc(current("GOPROXY"), func(r rune) bool { return r == ',' || r == '|' })
	for _, item := range l.Items {
		if item.Value != "off" && !slices.Contains(have, item.Value) {
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
