package policy

import (
	"path"
	"slices"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gomod"
)

// A Skipped is a setting of a repository that is not applied.
type Skipped struct {
	Setting string // "proxy", "vars.CC", "flags.build -toolexec=x"
	Class   Class
	Pos     diag.Pos
	Name    string // as permit must have it, if it runs code: "CC", "-toolexec"
}

// A judge decides which settings of a repository are applied. What a setting is
// shows in what it does: the settings are laid over those above, and what is in
// force then is compared with what is in force without them.
type judge struct {
	env    string // the environment's name, for locks
	upper  Env
	locks  []string
	root   string // where the repository's file lies
	caller *envset.Set
	dir    string    // where the command runs, if that matters
	above  []*effect // for each of the callers
}

// narrows reports whether the repository's settings narrow what happens at most.
func (j *judge) narrows(repo *Env) bool {
	return slices.EqualFunc(j.effects(repo), j.without(), (*effect).narrows)
}

// without returns the effects without the repository's settings.
func (j *judge) without() []*effect {
	if j.above == nil {
		j.above = j.effects(&Env{})
	}
	return j.above
}

// effects returns what the settings come to for the caller, and for the same user in
// another terminal, where nothing is exported that they yield to.
func (j *judge) effects(repo *Env) []*effect {
	env := stack(j.env, j.upper, *repo, j.locks)
	return []*effect{effectOf(&env, j.root, j.caller.Clone()), effectOf(&env, j.root, j.caller.Bare())}
}

// restrict removes from e what may not be applied and returns it. What widens
// stays if the file is trusted; what runs code must also be among the permitted
// names: variables and flags, with patterns as in [path.Match].
func (j *judge) restrict(e *Env, trusted bool, permit []string) []Skipped {
	var r review
	if trusted {
		r.parts = e.parts()
	} else {
		r = j.review(e)
	}
	kept := j.none(e)
	var skipped []Skipped
	dropped := "" // the command whose list of flags is left out
	for _, p := range r.parts {
		if p.command != "" && p.command == dropped {
			continue
		}
		if p.class == RunsCode && !(trusted && permitted(permit, p.Name)) {
			skipped = append(skipped, p.Skipped)
			continue
		}
		next := kept // what is put to it is overwritten if it is not kept
		switch p.put(&next); {
		case r.widens && (p.class == Widens || r.shared && p.module || !p.adds && !j.narrows(&next)):
			p.Class = Widens
			skipped = append(skipped, p.Skipped)
			if p.list {
				dropped = p.command
			}
		default:
			kept = next
		}
	}
	*e = kept
	return skipped
}

// A review is what shows of a repository's settings at a glance.
type review struct {
	parts    []part
	runsCode bool
	widens   bool // some of those that run no code
	shared   bool // a workspace above the repository is in force
}

func (j *judge) review(e *Env) review {
	r := review{parts: e.parts()}
	r.shared = slices.ContainsFunc(r.parts, func(p part) bool { return p.module }) && j.isShared(e)
	rest := j.none(e)
	for _, p := range r.parts {
		r.runsCode = r.runsCode || p.class == RunsCode
		r.widens = r.widens || p.class == Widens || r.shared && p.module
		if p.class != RunsCode {
			p.put(&rest)
		}
	}
	r.widens = r.widens || len(r.parts) > 0 && !j.narrows(&rest)
	return r
}

// isShared reports whether a workspace is in force that lies above the repository,
// so that settings for the repository's modules reach those of others.
func (j *judge) isShared(repo *Env) bool {
	if j.dir == "" {
		return false
	}
	gowork := j.without()[0].value("GOWORK")
	if repo.Workspace.Value == "off" && (gowork == "" || gowork == "auto") {
		return false // off is narrower, and so holds
	}
	work := gomod.Workspace(j.dir, gowork)
	return work != "" && !gomod.Within(j.root, work)
}

// none returns e without its settings.
func (j *judge) none(e *Env) Env { return Env{Name: e.Name, Inherits: e.Inherits} }

// permitted reports whether one of the patterns matches name.
func permitted(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, name)
		return ok && err == nil
	})
}

// A part is what is applied or left out as one: a key, or a line of its table, or
// a flag of its list.
type part struct {
	Skipped
	class   Class      // what it is whatever holds above
	module  bool       // as in [Key]
	adds    bool       // merging sees to it that it narrows
	command string     // of flags
	list    bool       // it is the list of the command's flags
	put     func(*Env) // adds it to an environment
}

// parts returns the parts of e in the order of [Keys].
func (e *Env) parts() []part {
	var all []part
	add := func(k *Key, setting, name string, class Class, pos diag.Pos, put func(*Env)) {
		adds := k.keeps == nil && (k.Merge == Union || k.Merge == Tighten)
		module := k.module || setting == "vars.GOFLAGS"
		all = append(all, part{Skipped: Skipped{setting, class, pos, name}, class: class, module: module, adds: adds, put: put})
	}
	for i := range Keys {
		k := &Keys[i]
		switch f := k.field(e).(type) {
		case *[]Var:
			for _, v := range *f {
				add(k, "vars."+v.Name, v.Name, classOfVar(v), v.Pos, func(e *Env) { e.Vars = append(e.Vars, v) })
			}
		case *[]CommandFlags:
			for _, c := range *f {
				all = append(all, c.parts()...)
			}
		case *[]Route:
			for _, r := range *f {
				add(k, "routes."+r.Pattern, k.Name, Narrows, r.Proxies.Pos, func(e *Env) { e.Routes = append(e.Routes, r) })
			}
		case *[]Entry:
			for _, entry := range *f {
				add(k, k.Name+"."+entry.Name, k.Name, Narrows, entry.Pos, func(e *Env) {
					to := k.field(e).(*[]Entry)
					*to = append(*to, entry)
				})
			}
		default:
			if pos := k.position(e); pos.IsValid() && k.Name != "inherits" {
				add(k, k.Name, k.Name, Narrows, pos, func(to *Env) { k.copy(to, e) })
			}
		}
	}
	return all
}

// parts returns the list itself, which may take the place of another one, and its
// flags.
func (c CommandFlags) parts() []part {
	flags := c.Flags
	flags.Items = nil
	all := []part{{
		Skipped: Skipped{"flags." + c.Command, Widens, c.Flags.Pos, "flags"}, module: true, command: c.Command, list: true,
		put: func(e *Env) { e.Flags = append(e.Flags, CommandFlags{c.Command, flags}) },
	}}
	for _, s := range c.Flags.Items {
		class := classOfFlag(c.Command, s.Value)
		all = append(all, part{
			Skipped: Skipped{"flags." + c.Command + " " + s.Value, class, s.Pos, flagName(s.Value)},
			class:   class, module: true, command: c.Command,
			put: func(e *Env) {
				e.Flags = slices.Clone(e.Flags)
				last := &e.Flags[max(0, len(e.Flags)-1)].Flags
				last.Items = append(last.Items, s)
			},
		})
	}
	return all
}

// position returns where e has the setting, if it is one that is not a table.
func (k *Key) position(e *Env) (pos diag.Pos) {
	switch f := k.field(e).(type) {
	case *String:
		pos = f.Pos
	case *Bool:
		pos = f.Pos
	case *List:
		pos = f.Pos
	case *Stack:
		if f.IsSet() {
			pos = (*f)[len(*f)-1].Pos
		}
	case *RuleSet:
		pos = f.Pos
	case *[]RuleSet:
		if len(*f) > 0 {
			pos = (*f)[len(*f)-1].Pos
		}
	}
	return pos
}

// copy gives the one environment the other's setting.
func (k *Key) copy(to, from *Env) {
	switch f := k.field(from).(type) {
	case *String:
		*k.field(to).(*String) = *f
	case *Bool:
		*k.field(to).(*Bool) = *f
	case *List:
		*k.field(to).(*List) = *f
	case *Stack:
		*k.field(to).(*Stack) = *f
	case *RuleSet:
		*k.field(to).(*RuleSet) = *f
	case *[]RuleSet:
		*k.field(to).(*[]RuleSet) = *f
	}
}
