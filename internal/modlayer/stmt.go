package modlayer

import (
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// A stmt is one statement of a modfile: what it is about, and what it says.
// Two statements with the same id contradict or repeat each other.
type stmt struct {
	id
	value
	indirect bool // of a require
	line     *modfile.Line
}

// An id says what a statement is about.
type id struct {
	verb    string // "require"
	path    string // of a module, a package or a directory; the key of a godebug; "" for go and toolchain
	version string // of an exclude, and of a replace that is for one version
}

// String returns the id as a drop directive has it.
func (i id) String() string {
	return strings.TrimRight(i.verb+" "+i.path+" "+i.version, " ")
}

// A value is what a statement says of its id, empty where that says it all.
type value struct {
	text    string // the version, setting or replacement
	version string // of a replacement by a module
}

// statements returns the statements of a modfile that a layer can change.
func statements(f *modfile.File) []stmt {
	var all []stmt
	add := func(line *modfile.Line, i id, v value) {
		if line != nil && len(line.Token) > 0 { // otherwise dropped, and not yet cleaned up
			all = append(all, stmt{id: i, value: v, line: line})
		}
	}
	if f.Go != nil {
		add(f.Go.Syntax, id{verb: "go"}, value{text: f.Go.Version})
	}
	if f.Toolchain != nil {
		add(f.Toolchain.Syntax, id{verb: "toolchain"}, value{text: f.Toolchain.Name})
	}
	for _, g := range f.Godebug {
		add(g.Syntax, id{verb: "godebug", path: g.Key}, value{text: g.Value})
	}
	for _, r := range f.Require {
		if add(r.Syntax, id{verb: "require", path: r.Mod.Path}, value{text: r.Mod.Version}); r.Indirect {
			all[len(all)-1].indirect = true
		}
	}
	for _, t := range f.Tool {
		add(t.Syntax, id{verb: "tool", path: t.Path}, value{})
	}
	for _, i := range f.Ignore {
		add(i.Syntax, id{verb: "ignore", path: i.Path}, value{})
	}
	for _, x := range f.Exclude {
		add(x.Syntax, id{"exclude", x.Mod.Path, x.Mod.Version}, value{})
	}
	for _, r := range f.Replace {
		add(r.Syntax, id{"replace", r.Old.Path, r.Old.Version}, value{r.New.Path, r.New.Version})
	}
	return all
}

// index returns the statements by what they are about. Of two requires of one
// module the higher counts, as in minimal version selection; of others the
// last.
func index(all []stmt) map[id]stmt {
	m := make(map[id]stmt, len(all))
	for _, s := range all {
		if old, ok := m[s.id]; ok && s.verb == "require" && semver.Compare(old.text, s.text) > 0 {
			continue
		}
		m[s.id] = s
	}
	return m
}

// set puts the statement into f, in the place of one about the same.
func set(f *modfile.File, s stmt) error {
	switch s.verb {
	case "go":
		return f.AddGoStmt(s.text)
	case "toolchain":
		return f.AddToolchainStmt(s.text)
	case "godebug":
		return f.AddGodebug(s.path, s.text)
	case "tool":
		return f.AddTool(s.path)
	case "ignore":
		return f.AddIgnore(s.path)
	case "exclude":
		return f.AddExclude(s.path, s.id.version)
	case "replace":
		return setReplace(f, s)
	}
	for _, r := range f.Require {
		if r.Mod.Path != s.path {
			continue
		}
		if r.Indirect == s.indirect {
			return f.AddRequire(s.path, s.text)
		}
		if err := f.DropRequire(s.path); err != nil { // no other way changes the comment
			return err
		}
		break
	}
	f.AddNewRequire(s.path, s.text, s.indirect)
	return nil
}

// setReplace adds a replacement. One of all versions takes those of single
// versions away, as `go mod edit -replace` does.
func setReplace(f *modfile.File, s stmt) error {
	for _, r := range f.Replace {
		if r.Old.Path == s.path && (s.id.version == "" || r.Old.Version == s.id.version) {
			if err := f.DropReplace(s.path, r.Old.Version); err != nil {
				return err
			}
		}
	}
	return f.AddReplace(s.path, s.id.version, s.text, s.value.version)
}

// drop removes the statement about i from f.
func drop(f *modfile.File, i id) error {
	switch i.verb {
	case "go":
		f.DropGoStmt()
	case "toolchain":
		f.DropToolchainStmt()
	case "godebug":
		return f.DropGodebug(i.path)
	case "tool":
		return f.DropTool(i.path)
	case "ignore":
		return f.DropIgnore(i.path)
	case "exclude":
		return f.DropExclude(i.path, i.version)
	case "replace":
		return f.DropReplace(i.path, i.version)
	case "require":
		return f.DropRequire(i.path)
	}
	return nil
}
