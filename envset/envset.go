// Package envset holds sets of environment variables in which every departure
// from the caller's environment knows where it was asked for.
//
// The rules are those of cmd/go: a variable that is set to the empty string
// counts as unset, and below the process environment lie the user's GOENV
// file and $GOROOT/go.env (cmd/go/internal/cfg.Getenv).
package envset

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goshim/goshim/internal/diag"
)

// A Set is an environment in the making. The zero Set is empty.
type Set struct {
	environ   []string // in the caller's order, additions last
	user      *File
	toolchain func() *File
	changes   []Change
	forced    []forced
}

// A forced is a value that the caller may not contradict.
type forced struct {
	name, value string
	source      diag.Pos
}

// A Change is a variable whose value is not the caller's.
type Change struct {
	Name   string
	Old    string // the caller's value, "" if it was unset
	New    string // "" if it is now unset
	Source diag.Pos
}

// New returns the set that holds environ, in the form of [os.Environ].
func New(environ []string) *Set {
	return &Set{environ: slices.Clone(environ)}
}

// Clone returns a copy of the set, to be changed.
func (s *Set) Clone() *Set {
	c := *s
	c.environ, c.changes, c.forced = slices.Clone(s.environ), slices.Clone(s.changes), slices.Clone(s.forced)
	return &c
}

// Bare returns an empty set above the same files: that of another terminal, where
// nothing was exported.
func (s *Set) Bare() *Set { return &Set{user: s.user, toolchain: s.toolchain} }

// UseUserFile makes f the file that counts for what the environment does not
// set. It may be nil.
func (s *Set) UseUserFile(f *File) { s.user = f }

// UseToolchainFile makes the file that find returns the one that counts for
// what neither the environment nor the user's file sets. It is called when it
// is needed, and may return nil.
func (s *Set) UseToolchainFile(find func() *File) { s.toolchain = sync.OnceValue(find) }

// sameName reports whether a and b name one variable.
func sameName(a, b string) bool {
	return a == b || runtime.GOOS == "windows" && strings.EqualFold(a, b)
}

// value returns the value in kv if kv sets name.
func value(kv, name string) (string, bool) {
	if len(kv) <= len(name) || kv[len(name)] != '=' || !sameName(kv[:len(name)], name) {
		return "", false
	}
	return kv[len(name)+1:], true
}

// find returns the index and the value of name, or -1. Of duplicates the last
// one counts, as in [os/exec.Cmd].
func (s *Set) find(name string) (int, string) {
	for i := len(s.environ) - 1; i >= 0; i-- {
		if v, ok := value(s.environ[i], name); ok {
			return i, v
		}
	}
	return -1, ""
}

// Get returns the value of name in the process environment, "" if unset.
func (s *Set) Get(name string) string {
	_, v := s.find(name)
	return v
}

// Effective returns the value that the go command would use for name: that
// of the process environment or of the first file that has one. The position
// names the file's line; for the process environment it is zero.
func (s *Set) Effective(name string) (string, diag.Pos) {
	if v := s.Get(name); v != "" {
		return v, diag.Pos{}
	}
	if v, pos := s.UserFileValue(name); v != "" {
		return v, pos
	}
	return s.ToolchainFileValue(name)
}

// Source returns where the value of name in the set was asked for: the position
// of its [Change], or, for one that is the caller's, that of [Set.Effective].
func (s *Set) Source(name string) diag.Pos {
	for _, c := range s.changes {
		if sameName(c.Name, name) && c.New != "" {
			return c.Source
		}
	}
	_, pos := s.Effective(name)
	return pos
}

// UserFileValue returns the value of name in the user's file, which a value in
// the environment hides, and its line.
func (s *Set) UserFileValue(name string) (string, diag.Pos) { return s.user.Lookup(name) }

// ToolchainFileValue returns the value of name in the toolchain's file, the last
// that counts, and its line.
func (s *Set) ToolchainFileValue(name string) (string, diag.Pos) {
	if s.toolchain == nil {
		return "", diag.Pos{}
	}
	return s.toolchain().Lookup(name)
}

// Default sets name unless the caller's environment does. A value in a file
// does not count: that is the user's setting for all of the machine, which a
// repository's setting is more specific than.
func (s *Set) Default(name, value string, source diag.Pos) {
	if s.Get(name) == "" {
		s.Set(name, value, source)
	}
}

// Force sets name. Whether the caller contradicts is for [Set.Conflict] to
// say.
func (s *Set) Force(name, value string, source diag.Pos) {
	s.Set(name, value, source)
	s.forced = append(s.forced, forced{name, value, source})
}

// Conflict returns an error that names both sources if a value was forced and
// the caller's environment has another one. It is asked when the set is
// complete: a caller who has the value that the set ends up with, as a go
// command has that another one started, contradicts nothing.
func (s *Set) Conflict() error {
	for _, f := range s.forced {
		old := s.callers(f.name)
		if old == "" || old == f.value || old == s.Get(f.name) {
			continue
		}
		return &diag.Error{
			Pos:  f.source,
			Msg:  f.name + " is forced to " + strconv.Quote(f.value) + ", but the environment says " + f.name + "=" + Mask(f.name, old),
			Hint: "unset " + f.name + ", or give it that value",
		}
	}
	return nil
}

// callers returns the value of name that the caller's environment has.
func (s *Set) callers(name string) string {
	for _, c := range s.changes {
		if sameName(c.Name, name) {
			return c.Old
		}
	}
	return s.Get(name)
}

// Set sets name, whatever the caller's environment says.
func (s *Set) Set(name, value string, source diag.Pos) {
	i, old := s.find(name)
	s.record(name, old, value, source)
	if i < 0 {
		s.environ = append(s.environ, name+"="+value)
	} else {
		s.environ[i] = name + "=" + value
	}
}

// SetDebug gives GODEBUG a setting, "name=value", and leaves the others. The last
// one of a name counts, so one with another value is not an obstacle.
func (s *Set) SetDebug(setting string, source diag.Pos) {
	old, _ := s.Effective("GODEBUG")
	name, _, _ := strings.Cut(setting, "=")
	last := ""
	for item := range strings.SplitSeq(old, ",") {
		if strings.HasPrefix(item, name+"=") {
			last = item
		}
	}
	if last == setting {
		return
	}
	s.Set("GODEBUG", strings.TrimPrefix(old+","+setting, ","), source)
}

// Append adds the items of value, a list in the variable's own syntax, to the
// effective value of name; those that it has already are not added again, so
// that a go command started by a go command adds nothing. Where the items are
// flags, value is added as a whole, and at the end at most once. The variable
// must have a [Separator].
func (s *Set) Append(name, value string, source diag.Pos) {
	old, _ := s.Effective(name)
	sep := Separator(name)
	if sep == " " { // the words of flags: they may be repeated, and quoted
		switch {
		case old == "":
			s.Set(name, value, source)
		case old != value && !strings.HasSuffix(old, " "+value):
			s.Set(name, old+" "+value, source)
		}
		return
	}
	items := slices.DeleteFunc(strings.Split(old, sep), func(s string) bool { return s == "" })
	for item := range strings.SplitSeq(value, sep) {
		if item != "" && !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	s.Set(name, strings.Join(items, sep), source)
}

// Unset removes name. As an empty value does not hide one in a file (the go
// command treats it as unset), a variable that a file sets gets the neutral
// value instead; where there is none, that is an error.
func (s *Set) Unset(name string, source diag.Pos) error {
	old := s.Get(name)
	s.environ = slices.DeleteFunc(s.environ, func(kv string) bool { _, ok := value(kv, name); return ok })
	s.record(name, old, "", source)
	inFile, pos := s.UserFileValue(name)
	if inFile == "" {
		return nil
	}
	neutral := Neutral(name)
	if neutral == "" {
		return &diag.Error{
			Pos:  source,
			Msg:  name + " is to be unset, but " + pos.String() + " sets it",
			Hint: "go env -u " + name,
		}
	}
	s.Set(name, neutral, source)
	return nil
}

// record notes a change of name, joining it with an earlier one.
func (s *Set) record(name, old, value string, source diag.Pos) {
	for i, c := range s.changes {
		if sameName(c.Name, name) {
			s.changes[i].New, s.changes[i].Source = value, source
			return
		}
	}
	s.changes = append(s.changes, Change{name, old, value, source})
}

// Changes returns what differs from the caller's environment, in the order
// first asked for.
func (s *Set) Changes() []Change {
	return slices.DeleteFunc(slices.Clone(s.changes), func(c Change) bool { return c.Old == c.New })
}

// Environ returns the set in the form of [os.Environ].
func (s *Set) Environ() []string { return s.environ }

// Separator returns what separates the items of the list variable name, or
// "" if it is not known to hold a list.
func Separator(name string) string {
	switch name {
	case "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE", "GOVCS", "GODEBUG", "GOEXPERIMENT", "GOPROXY", "NO_PROXY", "no_proxy":
		return ","
	}
	switch {
	case strings.HasSuffix(name, "PATH"):
		return string(os.PathListSeparator)
	case strings.HasSuffix(name, "FLAGS"):
		return " "
	}
	return ""
}

// Neutral returns a value of name which the go command treats as if nothing
// were set, or "" if there is none.
func Neutral(name string) string {
	switch name {
	case "GOFLAGS", "GOPRIVATE", "GOINSECURE":
		return " "
	case "GONOPROXY", "GONOSUMDB":
		return "none"
	case "GOWORK":
		return "auto"
	}
	return ""
}
