package policy

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/userdir"
)

// This file is for programs that show a policy instead of applying it.

// A Source is a policy file that is there.
type Source struct {
	Level Level
	Path  string // absolute
	Name  string // as shown to the user
}

// Read reads, parses and checks the file, and returns every fault that it
// finds. Who owns the file does not matter: reading it is how to find out
// whether to trust it. With faults, the file is nil or incomplete.
func (s Source) Read() (*File, []*diag.Error) {
	data, _, err := readRegular(s.Path)
	return s.parse(data, err)
}

// parse parses what was read, or reports that nothing was.
func (s Source) parse(data []byte, err error) (*File, []*diag.Error) {
	if err != nil {
		return nil, []*diag.Error{{Pos: diag.Pos{File: s.Name}, Msg: "reading the policy: " + cause(err)}}
	}
	f, errs := Parse(s.Level, s.Name, data)
	if f != nil {
		f.Path = s.Path
	}
	return f, errs
}

// Sources returns the policy files that concern dir, the most specific first:
// the repository's, the user's, the system's.
func Sources(dir string, getenv userdir.Getenv) []Source {
	var all []Source
	if repo, ok := RepositorySource(dir, getenv); ok {
		all = append(all, repo)
	}
	for _, s := range []Source{{Level: User, Path: UserFile(getenv)}, {Level: System, Path: SystemFile()}} {
		if s.Name = s.Path; exists(s.Path) {
			all = append(all, s)
		}
	}
	return all
}

// RepositorySource returns the repository's policy file that governs dir: the
// one that GOSHIM_CONFIG names, whether or not it is there, or that [Find]
// finds. It reports whether there is one.
func RepositorySource(dir string, getenv userdir.Getenv) (Source, bool) {
	path := getenv("GOSHIM_CONFIG")
	switch {
	case path == "":
		path = Find(dir, getenv)
	case !filepath.IsAbs(path):
		path = filepath.Join(dir, path)
	}
	return NewSource(Repository, dir, path), path != ""
}

// PassedOver returns one line about the policy files that [Find] passes over, or "".
func PassedOver(dir string, getenv userdir.Getenv) string {
	if _, passed := find(dir, getenv); len(passed) > 0 && getenv("GOSHIM_CONFIG") == "" {
		return passed[0] + " belongs to another user, in a folder that is not theirs: passed over"
	}
	return ""
}

// NewSource returns the source for the file at path, an absolute path, as it
// is shown in dir.
func NewSource(level Level, dir, path string) Source {
	return Source{Level: level, Path: path, Name: shortName(dir, path)}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return path != "" && err == nil
}

// Tables returns [common] and the environments, as written.
func (f *File) Tables() []*Env { return append([]*Env{&f.Common}, f.Envs...) }

// A Setting is one line of an environment's table.
type Setting struct {
	Name  string // with its table: "mod", "vars.CC", "flags.mod tidy"
	Op    string // "", or the operation that stands before the value: "force", "append", "unset"
	Value any    // string, int, bool or []Item
	Pos   diag.Pos
}

// An Item is an item of a list, or a rule.
type Item struct {
	Value  string
	Reason string // of a rule
	Pos    diag.Pos
}

// Settings returns what the environment sets, in the order of [Keys].
func (e *Env) Settings() []Setting {
	var all []Setting
	for i := range Keys {
		k := &Keys[i]
		switch f := k.field(e).(type) {
		case *String:
			s := Setting{k.Name, forceOp(f.Forced), f.Value, f.Pos}
			if k.Int {
				s.Value, _ = strconv.Atoi(f.Value)
			}
			all = append(all, s)
		case *Bool:
			all = append(all, Setting{k.Name, "", f.Value, f.Pos})
		case *List:
			all = append(all, listSetting(k.Name, *f))
		case *Stack:
			for _, s := range *f {
				all = append(all, Setting{k.Name, forceOp(s.Forced), s.Value, s.Pos})
			}
		case *RuleSet:
			all = append(all, ruleSetting(k.Name, *f))
		case *[]RuleSet:
			for _, set := range *f {
				all = append(all, ruleSetting(k.Name, set))
			}
		case *[]Var:
			for _, v := range *f {
				all = append(all, varSetting(v))
			}
		case *[]CommandFlags:
			for _, c := range *f {
				all = append(all, listSetting("flags."+c.Command, c.Flags))
			}
		case *[]Route:
			for _, r := range *f {
				all = append(all, listSetting("routes."+r.Pattern, r.Proxies))
			}
		case *[]Entry:
			for _, e := range *f {
				all = append(all, Setting{k.Name + "." + e.Name, "", e.Value, e.Pos})
			}
		}
	}
	return slices.DeleteFunc(all, func(s Setting) bool { return !s.Pos.IsValid() })
}

func forceOp(forced bool) string {
	if forced {
		return Force.String()
	}
	return ""
}

func listSetting(name string, l List) Setting {
	items := make([]Item, len(l.Items))
	for i, item := range l.Items {
		items[i] = Item{Value: item.Value, Pos: item.Pos}
	}
	return Setting{name, forceOp(l.Forced), items, l.Pos}
}

func ruleSetting(name string, set RuleSet) Setting {
	items := make([]Item, len(set.Rules))
	for i, r := range set.Rules {
		items[i] = Item{strings.Join(r.Words, " "), r.Reason, r.Pos}
	}
	return Setting{name, "", items, set.Pos}
}

func varSetting(v Var) Setting {
	s := Setting{"vars." + v.Name, v.Op.String(), v.Value, v.Pos}
	switch v.Op {
	case Default:
		s.Op = ""
	case Unset:
		s.Value = true
	}
	return s
}

// A Request is a setting of a repository's file that needs trust.
type Request struct {
	Skipped
	Env       string // the table that has it: "common" or an environment
	Value     any    // as in [Setting], nil for a flag
	Op        string
	Permitted bool // whether trust is all that it needs
}

// Requests returns the settings of all tables of the file that need trust,
// and by table those that always apply, for a user with the given policy files
// above it, the most specific first, and the given environment.
func (f *File) Requests(upper []*File, env *envset.Set) (requests []Request, always map[string][]Setting) {
	always = map[string][]Setting{}
	permit := Permits(upper)
	for _, e := range f.Tables() {
		name := e.Name.Value
		j := judge{env: name, upper: upperEnv(name, upper), locks: locksOf(upper), root: filepath.Dir(f.Path), caller: env}
		settings := e.Settings()
		narrow, trusted := *e, *e
		refused := j.restrict(&trusted, true, permit)
		for _, s := range j.restrict(&narrow, false, nil) {
			r := Request{Skipped: s, Env: name, Permitted: !slices.Contains(refused, s)}
			if i := slices.IndexFunc(settings, func(t Setting) bool { return t.Name == s.Setting }); i >= 0 {
				r.Value, r.Op = settings[i].Value, settings[i].Op
			}
			requests = append(requests, r)
		}
		always[name] = slices.DeleteFunc(narrow.Settings(), func(s Setting) bool {
			items, ok := s.Value.([]Item)
			return ok && len(items) == 0 && strings.HasPrefix(s.Name, "flags.") // all of them need trust
		})
	}
	return requests, always
}

// locksOf returns what the files lock.
func locksOf(files []*File) []string {
	var all []string
	for _, f := range slices.Backward(files) {
		all = append(all, f.locks()...)
	}
	return all
}

// Permits returns the names that the user's and the system's files among
// files permit to run code.
func Permits(files []*File) []string {
	var all []string
	for _, f := range files {
		if f != nil {
			all = append(all, f.Permit.Strings()...)
		}
	}
	return all
}

// Field returns a pointer to the zero value of the field that holds the key's
// setting: a *[String], *[Bool], *[List], *[RuleSet], or a pointer to a slice
// of [Var], [CommandFlags], [Route], [Entry] or [RuleSet].
func (k *Key) Field() any { return k.field(new(Env)) }

// TopKeys are the keys at the top of a repository's file.
func TopKeys() []string { return slices.Clone(topKeys) }
