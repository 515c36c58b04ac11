// Package override puts other modules or directories in the place of modules,
// for one environment: it edits the replace lines of that environment's own
// layer, and never those of go.mod.
//
// The caller holds the lock of the module's journal, and commits the changes.
package override

import (
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpatch"
	"github.com/goshim/goshim/internal/modrule"
	"github.com/goshim/goshim/shim"
)

// A Result is a change of a layer that is to be committed.
type Result struct {
	Read  *modlayer.Stack
	Stack *modlayer.Stack
	What  string   // what is done, a line
	Notes []string // for the user to know

	patched *modpatch.Copy // that is new, or nil
}

// Read reads the target's modfiles and wants a layer among them.
func Read(target *shim.Target) (*modlayer.Stack, error) {
	if len(target.Use.Modfiles) > 0 {
		return modlayer.Read(target.Use)
	}
	env := target.Policy.Choice.Env
	table := "[env." + env + "]"
	if env == "" {
		env, table = "dev", "[env.dev]"
	}
	return nil, &diag.Error{
		Msg:  strings.TrimSpace("no layer is in force"+target.Policy.Choice.In()) + ", and go.mod itself is never changed by override",
		Hint: `create go.` + env + `.mod, an empty file, and write modfile = "go.` + env + `.mod" in ` + table + `; or --env NAME`,
	}
}

// Add replaces a module as spec says: dep=../dir, dep=fork@v1.2.3, dep=fork@main,
// dep=./fix.patch or, for one version, dep@v1.0.0=…. A relative path is one of
// dir. A patch is applied to a copy of the version that is selected, which stands
// in its place. The caller calls [Result.Done].
func Add(target *shim.Target, spec, dir string) (result *Result, err error) {
	read, err := Read(target)
	if err != nil {
		return nil, err
	}
	s, err := gorun.NewSession(target, read)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	want, err := parse(spec)
	if err != nil {
		return nil, err
	}
	result = &Result{Read: read}
	defer func() {
		if err != nil {
			result.Done(false)
			result = nil
		}
	}()
	if err := checkModule(s, target, want.old); err != nil {
		return result, err
	}
	if err := result.use(s, want, dir); err != nil {
		return result, err
	}
	if err := checkRule(target, want, read.Top().Name); err != nil {
		return result, err
	}
	if _, err := s.Go("mod", "edit", "-replace="+want.String()); err != nil {
		return result, err
	}
	if !want.isDir {
		if _, err := s.Go("mod", "download", want.old); err != nil {
			return result, err
		}
	}
	if _, err := s.Go("list", "-e", "-deps", "-test", "./..."); err != nil {
		return result, err
	}
	if result.Stack, err = s.Result(modlayer.Exact); err != nil {
		return result, err
	}
	result.What = strings.Replace(want.String(), "=", " => ", 1) + " in " + read.Top().Name
	return result, checkRequired(target, read, result.Stack)
}

// use finds, or makes, what is to stand in the module's place. Relative paths
// start at dir.
func (r *Result) use(s *gorun.Session, want *replacement, dir string) (err error) {
	switch file := want.patchFile(dir); {
	case file != "":
		r.Notes = append(r.Notes, "the copy is for this checkout only: elsewhere, add the patch there")
		r.patched, err = want.usePatch(s, file)
	case want.isDir:
		r.Notes, err = want.useDir(dir, r.Read.Root)
	default:
		err = want.resolve(s)
	}
	return err
}

const form = "goshim override add MODULE=../DIRECTORY, MODULE=FORK@VERSION or MODULE=./FIX.patch"

// checkModule wants a module of the build list: to replace another does
// nothing.
func checkModule(s *gorun.Session, target *shim.Target, path string) error {
	modules, err := s.Modules()
	if err != nil {
		return err
	}
	if _, ok := modules[path]; ok {
		return nil
	}
	var names []string
	for name := range modules {
		names = append(names, name)
	}
	e := &diag.Error{
		Msg:  strconv.Quote(path) + " is not a module that is built from" + target.Policy.Choice.In(),
		Hint: diag.DidYouMean(path, names),
	}
	if e.Hint == "" {
		e.Hint = "go list -m all lists them"
	}
	return e
}

// checkRule refuses a replacement that a rule of the environment rules out. The
// line is not written yet, so only its file is named.
func checkRule(target *shim.Target, r *replacement, file string) error {
	line := "replace " + strings.NewReplacer("@", " ", "=", " => ").Replace(r.String())
	if r.isDir {
		line = "replace " + r.old + " " + r.oldVersion + " => " + modfile.AutoQuote(r.new)
	}
	f, err := modfile.Parse(file, []byte(line+"\n"), nil)
	if err != nil {
		return &diag.Error{Msg: "malformed replacement " + strconv.Quote(r.String()), Hint: form}
	}
	return refusal(target, modrule.Of(&target.Policy.Env).File(file, f))
}

// checkRequired refuses requirements of what is put in a module's place that a
// rule rules out.
func checkRequired(target *shim.Target, before, after *modlayer.Stack) error {
	rules := modrule.Of(&target.Policy.Env)
	was, err := before.Merge()
	if err != nil {
		return err
	}
	is, err := after.Merge()
	if err != nil || rules.Merged(was) != nil {
		return err // it was so before
	}
	return refusal(target, rules.Merged(is))
}

func refusal(target *shim.Target, b *modrule.Broken) error {
	if b == nil {
		return nil
	}
	b.Pos = diag.Pos{File: b.Pos.File}
	return b.Refusal(target.Policy.Choice, "nothing is changed; --env NAME chooses another environment")
}
