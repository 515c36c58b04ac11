package policy

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/tomltree"
)

// vars decodes [env.NAME.vars]: NAME = "default", or a table with one
// operation.
func (d *decoder) vars(n *tomltree.Node) []Var {
	if !d.is(n, tomltree.Table, "vars") {
		return nil
	}
	var vars []Var
	for _, e := range n.Keys {
		v := Var{Name: e.Name, Pos: e.Pos}
		switch {
		case e.Name == "" || strings.ContainsAny(e.Name, "=\x00"):
			d.errorf(e.Pos, "malformed variable name %q", e.Name)
		case strings.HasPrefix(e.Name, "GOSHIM"):
			d.errorf(e.Pos, "%s is a switch of goshim's own, which a policy cannot set", e.Name)
		case e.Value.Kind == tomltree.Table:
			d.operation(&v, e)
		default:
			v.Value = d.string(e.Value, "vars."+e.Name).Value
		}
		vars = append(vars, v)
	}
	return vars
}

var operations = []string{"default", "force", "append", "unset"}

// operation decodes { force = "value" } and its kin.
func (d *decoder) operation(v *Var, e *tomltree.Entry) {
	if len(e.Value.Keys) != 1 {
		d.errorf(e.Value.Pos, "vars.%s must have one of %s", v.Name, strings.Join(operations, ", "))
		return
	}
	op := e.Value.Keys[0]
	i := slices.Index(operations, op.Name)
	if i < 0 {
		d.unknown(op, " in vars."+v.Name, operations)
		return
	}
	v.Op = Op(i)
	if v.Op == Unset {
		if d.is(op.Value, tomltree.Bool, "unset") && op.Value.Text != "true" {
			d.errorf(op.Value.Pos, "unset = false does nothing")
		}
		return
	}
	v.Value = d.string(op.Value, "vars."+v.Name).Value
}

// auth decodes [env.NAME.auth."host"]. The user's and the system's files hold in
// every directory, so paths there do not start from one.
func (d *decoder) auth(n *tomltree.Node) []Entry {
	if !d.is(n, tomltree.Table, "auth") {
		return nil
	}
	var all []Entry
	for _, host := range n.Keys {
		if strings.Contains(host.Name, "/") {
			d.errorf(host.Pos, "auth of %q: write the host only", host.Name)
		}
		what, pair := "auth."+host.Name, 0
		for _, file := range d.entries(host.Value, what) {
			switch {
			case file.Name == "cert" || file.Name == "key":
				pair++
			case file.Name != "ca":
				d.errorf(file.Pos, "%s has cert, key and ca, and no %q", what, file.Name)
			}
			if d.level != Repository && !filepath.IsAbs(file.Value) && !strings.HasPrefix(file.Value, "~/") {
				d.errorf(file.Pos, "%s must have absolute paths here, or ~/…", what)
			}
			all = append(all, Entry{host.Name + "." + file.Name, file.Value, file.Pos})
		}
		if pair == 1 {
			d.errorf(host.Pos, "%s needs both cert and key", what)
		}
	}
	return all
}

// selects decodes [[select]].
func (d *decoder) selects(n *tomltree.Node) []Select {
	if !d.is(n, tomltree.Array, "select") {
		return nil
	}
	var all []Select
	for _, item := range n.Items {
		if !d.is(item, tomltree.Table, "select") {
			continue
		}
		s := Select{Pos: item.Pos}
		for _, e := range item.Keys {
			switch e.Name {
			case "env":
				s.Env = d.string(e.Value, "env")
			case "branch":
				s.Branch = d.list(e.Value, "branch")
			case "tag":
				s.Tag = d.list(e.Value, "tag")
			case "var":
				s.Vars = d.conditions(e.Value)
			default:
				d.unknown(e, " in [[select]]", []string{"env", "branch", "tag", "var"})
			}
		}
		if !s.Env.IsSet() {
			d.errorf(item.Pos, "[[select]] names no env")
		}
		if !s.Branch.IsSet() && !s.Tag.IsSet() && len(s.Vars) == 0 {
			d.errorf(item.Pos, "[[select]] has no condition: branch, tag or var").Hint = "what always holds belongs to default"
		}
		all = append(all, s)
	}
	return all
}

func (d *decoder) conditions(n *tomltree.Node) []Var {
	if !d.is(n, tomltree.Table, "var") {
		return nil
	}
	var vars []Var
	for _, e := range n.Keys {
		vars = append(vars, Var{Name: e.Name, Value: d.string(e.Value, "var."+e.Name).Value, Pos: e.Pos})
	}
	return vars
}

// rules decodes allow and deny: commands as strings, or as tables with a
// reason.
func (d *decoder) rules(n *tomltree.Node, what string) RuleSet {
	if !d.is(n, tomltree.Array, what) {
		return RuleSet{}
	}
	set := RuleSet{Pos: n.Pos}
	for _, item := range n.Items {
		r := Rule{Pos: item.Pos}
		var command String
		switch item.Kind {
		case tomltree.String:
			command = d.string(item, what)
		case tomltree.Table:
			for _, e := range item.Keys {
				switch e.Name {
				case "command":
					command = d.string(e.Value, "command")
				case "reason":
					r.Reason = d.string(e.Value, "reason").Value
				default:
					d.unknown(e, " in "+what, []string{"command", "reason"})
				}
			}
		default:
			d.errorf(item.Pos, "an item of %s must be a string or a table, not %s", what, item.Kind)
			continue
		}
		if !command.IsSet() {
			d.errorf(item.Pos, "an item of %s names no command", what)
			continue
		}
		r.Pos, r.Words = command.Pos, strings.Fields(command.Value)
		rules := r.expand()
		if rules == nil {
			d.errorf(r.Pos, "unknown set of commands %q in %s", r.Words[0], what).Hint = diag.DidYouMean(r.Words[0], ruleSetNames())
		}
		for _, rule := range rules {
			d.checkRule(rule, what)
		}
		set.Rules = append(set.Rules, rules...)
	}
	return set
}

// checkRule reports a pattern that matches no go command, or whose denial
// would stop editors and CI before they start.
func (d *decoder) checkRule(r Rule, what string) {
	if len(r.Words) == 0 {
		d.errorf(r.Pos, "empty command in %s", what)
		return
	}
	names := commandNames()
	if !slices.ContainsFunc(names, r.matchesName) {
		e := d.errorf(r.Pos, "%s pattern %q matches no go command", what, strings.Join(r.Words, " "))
		e.Hint = diag.DidYouMean(r.Words[0], names)
		if s := diag.DidYouMean(strings.Join(r.Words[:min(2, len(r.Words))], " "), names); s != "" {
			e.Hint = s
		}
		return
	}
	if what == "deny" && r.deniesAnswers() {
		d.errorf(r.Pos, "go %s cannot be denied: editors and CI stop without it", strings.Join(r.Words, " "))
	}
}
