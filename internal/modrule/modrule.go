// Package modrule checks modfiles by the rules of an environment: which
// replace lines may be in force, and whether prerelease and pseudo-versions
// may.
package modrule

import (
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/policy"
)

// Rules are what an environment says of modfiles.
type Rules struct {
	replace            policy.String
	prerelease, pseudo policy.Bool
}

// Of returns the rules of an environment.
func Of(env *policy.Env) Rules { return Rules{env.Replace, env.Prerelease, env.Pseudo} }

func forbids(b policy.Bool) bool { return b.IsSet() && !b.Value }

// A Broken is a line that breaks a rule.
type Broken struct {
	Pos    diag.Pos // of the line
	What   string   // what it does: "replaces example.com/dep"
	Rule   string   // as written: `replace = "none"`
	Source diag.Pos // of the rule
}

// Refusal returns the error for a line that breaks a rule of the environment
// that is chosen.
func (b *Broken) Refusal(choice policy.Choice, hint string) *diag.Error {
	return &diag.Error{
		Pos:  b.Pos,
		Msg:  b.What + ", which " + b.Source.String() + " rules out" + choice.In() + " (" + b.Rule + ")",
		Hint: hint,
	}
}

// File checks a modfile, whose name stands in positions. It returns the first
// line that breaks a rule, or nil.
func (r Rules) File(name string, f *modfile.File) *Broken {
	at := func(line *modfile.Line) diag.Pos {
		return diag.Pos{File: name, Line: line.Start.Line, Col: line.Start.LineRune}
	}
	return r.check(f.Require, f.Replace,
		func(m *modfile.Require) diag.Pos { return at(m.Syntax) },
		func(m *modfile.Replace) diag.Pos { return at(m.Syntax) })
}

// Work checks the replace lines of a go.work, and its use lines: one of a
// directory for which isOutside holds, which gets the path as it is written, puts
// that in the place of a module as a replace line does.
func (r Rules) Work(name string, f *modfile.WorkFile, isOutside func(path string) bool) *Broken {
	if b := r.File(name, &modfile.File{Replace: f.Replace}); b != nil || !r.forbidsDirs() {
		return b
	}
	for _, use := range f.Use {
		if isOutside(use.Path) {
			at := diag.Pos{File: name, Line: use.Syntax.Start.Line, Col: use.Syntax.Start.LineRune}
			return &Broken{Pos: at, What: "uses the module in " + use.Path + ", outside of the repository", Rule: r.replaceRule(), Source: r.replace.Pos}
		}
	}
	return nil
}

func (r Rules) forbidsDirs() bool { return r.replace.Value == "none" || r.replace.Value == "version" }

func (r Rules) replaceRule() string { return `replace = "` + r.replace.Value + `"` }

// Lines are a modfile merged from several files, each line with its place.
type Lines interface {
	File() *modfile.File
	RequirePos(path string) diag.Pos
	ReplacePos(path, version string) diag.Pos
}

// Merged checks a modfile with the layers over it.
func (r Rules) Merged(m Lines) *Broken {
	return r.check(m.File().Require, m.File().Replace,
		func(x *modfile.Require) diag.Pos { return m.RequirePos(x.Mod.Path) },
		func(x *modfile.Replace) diag.Pos { return m.ReplacePos(x.Old.Path, x.Old.Version) })
}

func (r Rules) check(requires []*modfile.Require, replaces []*modfile.Replace, requirePos func(*modfile.Require) diag.Pos, replacePos func(*modfile.Replace) diag.Pos) *Broken {
	for _, x := range replaces {
		if b := r.checkReplace(x); b != nil {
			b.Pos = replacePos(x)
			return b
		}
	}
	for _, x := range requires {
		if b := r.Version(x.Mod); b != nil {
			b.Pos = requirePos(x)
			return b
		}
	}
	return nil
}

func (r Rules) checkReplace(x *modfile.Replace) *Broken {
	toDir := x.New.Version == ""
	if toDir && r.forbidsDirs() || !toDir && (r.replace.Value == "none" || r.replace.Value == "directory") {
		return &Broken{What: "replaces " + x.Old.Path, Rule: r.replaceRule(), Source: r.replace.Pos}
	}
	if toDir {
		return nil
	}
	return r.Version(x.New)
}

// Version checks a version that is required, or returns nil. It tells
// prereleases from pseudo-versions, which are prereleases only to semver.
func (r Rules) Version(m module.Version) *Broken {
	switch isPseudo := module.IsPseudoVersion(m.Version); {
	case isPseudo && forbids(r.pseudo):
		return &Broken{What: "requires the commit " + m.String(), Rule: "pseudo = false", Source: r.pseudo.Pos}
	case !isPseudo && semver.Prerelease(m.Version) != "" && forbids(r.prerelease):
		return &Broken{What: "requires the prerelease " + m.String(), Rule: "prerelease = false", Source: r.prerelease.Pos}
	}
	return nil
}
