package policy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gocmd"
)

// A Setter gives environment variables the values that settings ask for. It is
// how a policy is applied, and how it is judged what a setting does.
type Setter struct {
	*Env
	Set         *envset.Set
	Work        string // GOWORK of the key workspace: "off", "auto" or an absolute path
	OtherModule bool   // the command is about another module, as install p@v is

	// Yields, unless it is nil, is told of what is not set because the caller's
	// own value stays.
	Yields func(source diag.Pos, what string)

	// LeavesOut, unless it is nil, says which words for GOFLAGS contradict what the
	// caller says, and so are left out.
	LeavesOut func(word string, source diag.Pos) bool

	failed []string // the variables that could not be set or unset
}

// Variables sets the variables that have keys of their own, and those under
// vars, where a variable named wins over the key. GOTOOLCHAIN has more to it,
// and is left to the caller.
func (s *Setter) Variables() error {
	if s.Proxy.IsSet() && len(s.Proxy.Items) > 0 {
		s.set("GOPROXY", s.proxyList(), s.Proxy.Forced, s.Proxy.Pos)
	}
	s.private()
	s.Key("GOSUMDB", s.Sumdb, s.Sumdb.Value)
	s.Key("GOWORK", s.Workspace, s.Work)
	var first error
	for _, v := range s.Vars {
		if err := s.apply(v); err != nil {
			s.failed = append(s.failed, v.Name)
			first = cmp.Or(first, err)
		}
	}
	return first
}

// Key sets a variable from the key that stands for it.
func (s *Setter) Key(name string, key String, value string) {
	if key.IsSet() {
		s.set(name, value, key.Forced, key.Pos)
	}
}

// set sets a variable unless the caller or vars does.
func (s *Setter) set(name, value string, forced bool, source diag.Pos) {
	named := slices.ContainsFunc(s.Vars, func(v Var) bool { return v.Name == name && v.Op != Append })
	switch {
	case name == "GOPROXY" && s.Set.Get(name) == "off":
		// Editors set it to mean: not now. Nothing is narrower.
		s.yields(source, "GOPROXY not set: the caller's GOPROXY=off stays")
	case forced:
		s.Set.Force(name, value, source)
	case !named:
		s.setDefault(name, value, source)
	}
}

// setDefault sets a variable unless the caller does.
func (s *Setter) setDefault(name, value string, source diag.Pos) {
	if old := s.Set.Get(name); old != "" && old != value {
		s.yields(source, name+" not set: the caller's value stays")
	}
	s.Set.Default(name, value, source)
}

func (s *Setter) yields(source diag.Pos, what string) {
	if s.Yields != nil {
		s.Yields(source, what)
	}
}

// proxyList returns GOPROXY. A comma asks the next proxy if a module is not
// found, a pipe after any error (cmd/go/internal/modfetch.proxyList).
func (s *Setter) proxyList() string {
	sep := ","
	if s.AsksAfterAnyError() {
		sep = "|"
	}
	return strings.Join(s.Proxy.Strings(), sep)
}

// private merges the patterns of private modules with the caller's own.
// GONOPROXY and GONOSUMDB hide GOPRIVATE where they are set, so a caller who
// has one gets the private patterns added to it too: they must not leak.
func (s *Setter) private() {
	s.list("GOPRIVATE", s.Private)
	for _, l := range []struct {
		name string
		list List
	}{{"GONOPROXY", s.NoProxy}, {"GONOSUMDB", s.NoSumdb}} {
		current, _ := s.Set.Effective(l.name)
		switch {
		case l.list.IsSet():
			s.list(l.name, l.list)
		case current != "" && (current != "none" || s.Private.Forced):
			s.list(l.name, s.Private)
		}
	}
}

// list adds patterns to a variable, or, if they are forced, sets it. An
// empty list stands for no patterns at all.
func (s *Setter) list(name string, list List) {
	switch value := strings.Join(list.Strings(), ","); {
	case list.IsSet() && value == "" && name != "GOPRIVATE":
		s.set(name, "none", list.Forced, list.Pos)
	case list.Forced:
		s.set(name, value, true, list.Pos)
	default:
		for _, item := range list.Items {
			s.Set.Append(name, item.Value, item.Pos)
		}
	}
}

// apply applies one line of vars.
func (s *Setter) apply(v Var) error {
	switch v.Op {
	case Force:
		s.set(v.Name, v.Value, true, v.Pos)
		return nil
	case Append:
		if v.Name == "GOFLAGS" {
			return s.appendGOFLAGS(v.Value, v.Pos)
		}
		s.Set.Append(v.Name, v.Value, v.Pos)
		return nil
	case Unset:
		return s.Set.Unset(v.Name, v.Pos)
	}
	if v.Name == "GOFLAGS" && s.Set.Get("GOFLAGS") == "" {
		return s.setGOFLAGS(s.ownGOFLAGS(v.Value, v.Pos), v.Pos)
	}
	s.setDefault(v.Name, v.Value, v.Pos)
	return nil
}

// appendGOFLAGS adds words to GOFLAGS: build tags to those that are there, and
// of the others the flags that are not. A value that the go command cannot split
// is left to it to report.
func (s *Setter) appendGOFLAGS(value string, source diag.Pos) error {
	current, _ := s.Set.Effective("GOFLAGS")
	words, err := gocmd.SplitGOFLAGS(current)
	if err != nil {
		return nil
	}
	for _, word := range s.ownGOFLAGS(value, source) {
		name, v, _ := gocmd.CutFlag(word)
		switch _, has := gocmd.LastFlag(words, name); {
		case !has:
			words = append(words, word)
		case name == "tags":
			words = gocmd.WithTags(words, gocmd.SplitTags(v))
		}
	}
	return s.setGOFLAGS(words, source)
}

// ownGOFLAGS returns the words that a policy has for GOFLAGS. Most are for this
// repository's packages: a command for another module gets only those that
// concern the go command itself.
func (s *Setter) ownGOFLAGS(value string, source diag.Pos) []string {
	words, _ := gocmd.SplitGOFLAGS(value) // checked when the policy was read
	return slices.DeleteFunc(words, func(word string) bool {
		if s.LeavesOut != nil && s.LeavesOut(word, source) {
			return true
		}
		name, _, _ := gocmd.CutFlag(word)
		return s.OtherModule && !slices.Contains([]string{"modcacherw", "p", "v", "work", "x"}, name)
	})
}

func (s *Setter) setGOFLAGS(words []string, source diag.Pos) error {
	value, err := gocmd.JoinGOFLAGS(words)
	if err != nil {
		return &diag.Error{Pos: source, Msg: "GOFLAGS: " + err.Error()}
	}
	s.Set.Set("GOFLAGS", value, source)
	return nil
}
