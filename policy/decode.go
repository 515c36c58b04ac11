package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/tomltree"
)

// Version is the version of the schema, the value of the key version.
const Version = "1"

// A Level is the authority of a policy file.
type Level uint8

const (
	Repository Level = iota
	User
	System
)

// Parse parses and checks a policy file. The name stands in the positions of
// errors; dir is the directory that the file's relative paths start from. It
// returns every fault that it finds.
func Parse(level Level, name string, data []byte) (*File, []*diag.Error) {
	root, err := tomltree.Parse(name, data)
	if err != nil {
		return nil, []*diag.Error{err.(*diag.Error)}
	}
	d := &decoder{level: level}
	f := d.file(root)
	f.Name, f.Data = name, data
	if len(d.errs) == 0 {
		f.check(d)
	}
	slices.SortStableFunc(d.errs, func(a, b *diag.Error) int { return a.Pos.Line - b.Pos.Line })
	return f, d.errs
}

type decoder struct {
	level Level
	errs  []*diag.Error
}

func (d *decoder) errorf(pos diag.Pos, format string, args ...any) *diag.Error {
	e := &diag.Error{Pos: pos, Msg: fmt.Sprintf(format, args...)}
	d.errs = append(d.errs, e)
	return e
}

// unknown reports a key that the table does not have.
func (d *decoder) unknown(e *tomltree.Entry, table string, known []string) {
	d.errorf(e.Pos, "unknown key %q%s", e.Name, table).Hint = diag.DidYouMean(e.Name, known)
}

// is reports whether the value has the kind, and if not, the fault.
func (d *decoder) is(n *tomltree.Node, kind tomltree.Kind, what string) bool {
	if n.Kind != kind {
		d.errorf(n.Pos, "%s must be %s, not %s", what, kind, n.Kind)
		return false
	}
	return true
}

var topKeys = []string{"version", "default", "select", "common", "env"}

func (d *decoder) file(root *tomltree.Node) *File {
	f := &File{}
	hasVersion := false
	for _, e := range root.Keys {
		switch e.Name {
		case "version":
			hasVersion = true
			if d.is(e.Value, tomltree.Integer, "version") && e.Value.Text != Version {
				d.errorf(e.Value.Pos, "version = %s is not one that this goshim knows (have %s)", e.Value.Text, Version).
					Hint = "a newer goshim may"
			}
		case "default":
			f.Default = d.string(e.Value, "default")
		case "select":
			f.Select = d.selects(e.Value)
		case "common":
			f.Common.Name = String{Value: "common", Pos: e.Pos}
			d.env(&f.Common, e.Value, "[common]")
		case "env":
			f.Envs = d.envs(e.Value)
		case "lock", "permit", "bypass":
			d.upperKey(f, e)
		default:
			known := topKeys
			if d.level != Repository {
				known = append(slices.Clone(known), "lock", "permit", "bypass")
			}
			d.unknown(e, "", known)
		}
	}
	if !hasVersion {
		d.errorf(root.Pos, "the key version is missing").Hint = "start the file with version = " + Version
	}
	return f
}

// upperKey decodes a key that only the user's and the system's files have.
func (d *decoder) upperKey(f *File, e *tomltree.Entry) {
	if d.level == Repository {
		d.errorf(e.Pos, "%s belongs to the user's or the system's policy file, not to a repository", e.Name)
		return
	}
	switch e.Name {
	case "lock":
		f.Lock = d.list(e.Value, "lock")
	case "permit":
		f.Permit = d.list(e.Value, "permit")
	case "bypass":
		f.Bypass = d.string(e.Value, "bypass")
		d.oneOf(f.Bypass, "bypass", []string{"allow", "deny"})
	}
}

func (d *decoder) envs(n *tomltree.Node) []*Env {
	if !d.is(n, tomltree.Table, "env") {
		return nil
	}
	var envs []*Env
	for _, e := range n.Keys {
		env := &Env{Name: String{Value: e.Name, Pos: e.Pos}}
		switch {
		case e.Name == "common":
			d.errorf(e.Pos, "an environment cannot be named common").Hint = "write [common], which every environment inherits"
		case strings.ContainsFunc(e.Name, notInName) || e.Name == "":
			d.errorf(e.Pos, "malformed environment name %q: letters, digits, - and _ only", e.Name)
		case e.Value.Kind != tomltree.Table:
			d.errorf(e.Pos, "unknown key %q in [env]", e.Name).Hint = "environments are tables: [env." + e.Name + "]"
		default:
			d.env(env, e.Value, "[env."+e.Name+"]")
		}
		envs = append(envs, env)
	}
	return envs
}

func notInName(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
}

// env decodes the table of an environment.
func (d *decoder) env(env *Env, n *tomltree.Node, table string) {
	if !d.is(n, tomltree.Table, table) {
		return
	}
	for _, e := range n.Keys {
		i := slices.IndexFunc(Keys, func(k Key) bool { return k.Name == e.Name })
		switch {
		case i < 0:
			d.unknown(e, " in "+table, keyNames())
		default:
			d.field(Keys[i].field(env), e, Keys[i])
		}
	}
}

func keyNames() []string {
	names := make([]string, len(Keys))
	for i, k := range Keys {
		names[i] = k.Name
	}
	return names
}

// field decodes the value of a key into the field of an [Env].
func (d *decoder) field(field any, e *tomltree.Entry, k Key) {
	switch f := field.(type) {
	case *String:
		switch n := e.Value; {
		case !k.Int:
			*f = d.string(n, k.Name)
		case d.is(n, tomltree.Integer, k.Name):
			*f = String{Value: n.Text, Pos: n.Pos}
		}
		if k.Enum != nil {
			d.oneOf(*f, k.Name, k.Enum)
		}
	case *Bool:
		if d.is(e.Value, tomltree.Bool, k.Name) {
			*f = Bool{e.Value.Text == "true", e.Value.Pos}
		}
	case *List:
		*f = d.list(e.Value, k.Name)
		if k.Enum != nil {
			for _, item := range f.Items {
				d.oneOf(item, "an item of "+k.Name, k.Enum)
			}
		}
	case *Stack:
		*f = Stack{d.string(e.Value, k.Name)}
		if d.level != Repository {
			d.errorf(e.Pos, "%s belongs to a repository's %s, not to the user's or the system's policy file", k.Name, FileName)
		}
	case *[]CommandFlags:
		*f = d.flags(e.Value)
	case *[]Route:
		*f = d.routes(e.Value)
	case *[]Var:
		*f = d.vars(e.Value)
	case *RuleSet:
		*f = d.rules(e.Value, k.Name)
	case *[]RuleSet:
		*f = []RuleSet{d.rules(e.Value, k.Name)}
	case *[]Entry:
		if k.Name == "auth" {
			*f = d.auth(e.Value)
		} else {
			*f = d.entries(e.Value, k.Name)
		}
	}
}

// string decodes "text" or { force = "text" }.
func (d *decoder) string(n *tomltree.Node, what string) String {
	if n.Kind == tomltree.Table && len(n.Keys) == 1 && n.Keys[0].Name == "force" {
		s := d.string(n.Keys[0].Value, what)
		s.Forced = true
		return s
	}
	if !d.is(n, tomltree.String, what) {
		return String{}
	}
	if strings.Contains(n.Text, "\x00") {
		d.errorf(n.Pos, "%s contains a NUL byte", what)
	}
	return String{Value: n.Text, Pos: n.Pos}
}

// list decodes ["text", …] or { force = ["text", …] }.
func (d *decoder) list(n *tomltree.Node, what string) List {
	if n.Kind == tomltree.Table && len(n.Keys) == 1 && n.Keys[0].Name == "force" {
		l := d.list(n.Keys[0].Value, what)
		l.Forced = true
		return l
	}
	if n.Kind == tomltree.String {
		d.errorf(n.Pos, "%s must be an array of strings, not a string", what).Hint = fmt.Sprintf("write [%q]", n.Text)
		return List{}
	}
	if !d.is(n, tomltree.Array, what) {
		return List{}
	}
	l := List{Pos: n.Pos}
	for _, item := range n.Items {
		if d.is(item, tomltree.String, "an item of "+what) {
			l.Items = append(l.Items, String{Value: item.Text, Pos: item.Pos})
		}
	}
	return l
}

func (d *decoder) oneOf(s String, what string, legal []string) {
	if s.IsSet() && !slices.Contains(legal, s.Value) {
		d.errorf(s.Pos, "%s = %q is not one of %s", what, s.Value, strings.Join(legal, ", ")).
			Hint = diag.DidYouMean(s.Value, legal)
	}
}

func (d *decoder) flags(n *tomltree.Node) []CommandFlags {
	var all []CommandFlags
	d.lists(n, "flags", `the flags of a subcommand need quotes: "mod tidy" = ["-v"]`, func(name string, l List) {
		all = append(all, CommandFlags{name, l})
	})
	return all
}

func (d *decoder) routes(n *tomltree.Node) []Route {
	var all []Route
	d.lists(n, "routes", `a pattern needs quotes: "corp.example.com/*" = ["direct"]`, func(name string, l List) {
		all = append(all, Route{name, l})
	})
	return all
}

// lists decodes a table of lists whose names the user chooses. A list has the
// position of its name. The hint is for a name with dots that lacks quotes.
func (d *decoder) lists(n *tomltree.Node, what, hint string, add func(name string, l List)) {
	if !d.is(n, tomltree.Table, what) {
		return
	}
	for _, e := range n.Keys {
		if e.Value.Kind == tomltree.Table && e.Value.Get("force") == nil {
			d.errorf(e.Pos, "%s of %q must be an array, not a table", what, e.Name).Hint = hint
			continue
		}
		l := d.list(e.Value, what+" of "+e.Name)
		l.Pos = e.Pos
		add(e.Name, l)
	}
}

func (d *decoder) entries(n *tomltree.Node, what string) []Entry {
	if !d.is(n, tomltree.Table, what) {
		return nil
	}
	var all []Entry
	for _, e := range n.Keys {
		if e.Value.Kind == tomltree.Table {
			d.errorf(e.Pos, "%s.%s must be a string, not a table", what, e.Name).Hint = `a name with dots needs quotes, such as "main.version" or "example.com/dep"`
			continue
		}
		s := d.string(e.Value, what+"."+e.Name)
		all = append(all, Entry{e.Name, s.Value, e.Pos})
	}
	return all
}
