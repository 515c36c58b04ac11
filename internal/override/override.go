// Package override puts other modules or directories in the place of modules,
// for one environment: it edits the replace lines of that environment's own
// layer, and never those of go.mod.
//
// The caller holds the lock of the module's journal, and commits the changes.
package override

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modrule"
	"github.com/goshim/goshim/shim"
)

// A Result is a change of a layer that is to be committed.
type Result struct {
	Read  *modlayer.Stack
	Stack *modlayer.Stack
	What  string   // what is done, a line
	Notes []string // for the user to know
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

// Add replaces a module as spec says: dep=../dir, dep=fork@v1.2.3, dep=fork@main
// or, for one version, dep@v1.0.0=…. A relative directory is one of dir.
func Add(target *shim.Target, spec, dir string) (*Result, error) {
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
	result := &Result{Read: read}
	if err := checkModule(s, target, want.old); err != nil {
		return nil, err
	}
	if want.isDir {
		note, err := want.useDir(dir, read.Root)
		if err != nil {
			return nil, err
		}
		result.Notes = append(result.Notes, note...)
	} else if err := want.resolve(s); err != nil {
		return nil, err
	}
	if err := checkRule(target, want, read.Top().Name); err != nil {
		return nil, err
	}
	if _, err := s.Go("mod", "edit", "-replace="+want.String()); err != nil {
		return nil, err
	}
	if !want.isDir {
		if _, err := s.Go("mod", "download", want.old); err != nil {
			return nil, err
		}
	}
	if _, err := s.Go("list", "-e", "-deps", "-test", "./..."); err != nil {
		return nil, err
	}
	if result.Stack, err = s.Result(modlayer.Exact); err != nil {
		return nil, err
	}
	result.What = strings.Replace(want.String(), "=", " => ", 1) + " in " + read.Top().Name
	return result, checkRequired(target, read, result.Stack)
}

// A replacement is a replace line to be.
type replacement struct {
	old, oldVersion string
	new, newVersion string
	isDir           bool
}

// String returns the replacement as go mod edit has it.
func (r *replacement) String() string {
	return withVersion(r.old, r.oldVersion) + "=" + withVersion(r.new, r.newVersion)
}

const form = "goshim override add MODULE=../DIRECTORY, or MODULE=FORK@VERSION"

func parse(spec string) (*replacement, error) {
	old, to, ok := strings.Cut(spec, "=")
	if !ok || old == "" || to == "" {
		return nil, &diag.Error{Msg: "malformed replacement " + strconv.Quote(spec), Hint: form}
	}
	r := &replacement{isDir: modfile.IsDirectoryPath(to) || filepath.IsAbs(to)}
	r.old, r.oldVersion, _ = strings.Cut(old, "@")
	if hint := urlHint(r.old, to); hint != "" {
		return nil, &diag.Error{Msg: strconv.Quote(to) + " is a URL, which a replace line cannot have", Hint: hint}
	}
	if r.isDir {
		r.new = to
		return r, nil
	}
	r.new, r.newVersion, _ = strings.Cut(to, "@")
	if r.newVersion == "" {
		return nil, &diag.Error{
			Msg:  strconv.Quote(r.new) + " is neither a directory nor a module with a version",
			Hint: r.old + "=./" + r.new + " is the directory; " + r.old + "=" + r.new + "@v1.2.3, or @ and a branch, is the module",
		}
	}
	return r, nil
}

// urlHint returns the right form for a URL, or "" if to is none.
func urlHint(old, to string) string {
	scheme, rest, ok := strings.Cut(to, "://")
	if !ok {
		host, path, isSCP := strings.Cut(to, ":")
		_, host, hasUser := strings.Cut(host, "@")
		if !isSCP || !hasUser {
			return ""
		}
		scheme, rest = "ssh", host+"/"+path
	}
	if scheme == "file" {
		return "a directory is named by its path: " + old + "=" + rest
	}
	if _, after, hasUser := strings.Cut(rest, "@"); hasUser && !strings.Contains(rest[:len(rest)-len(after)], "/") {
		rest = after
	}
	path, version, ok := strings.Cut(rest, "@")
	if !ok {
		version = "v1.2.3"
	}
	path = strings.TrimSuffix(strings.TrimSuffix(path, "/"), ".git")
	return "name the module: " + old + "=" + path + "@" + version + ", or @ and a branch"
}

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

// useDir makes the directory, one of dir, relative to the module's root, and
// wants a module in it.
func (r *replacement) useDir(dir, root string) (notes []string, err error) {
	typed := r.new
	abs := filepath.FromSlash(typed)
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(dir, abs)
	}
	data, err := os.ReadFile(filepath.Join(abs, "go.mod"))
	if err != nil {
		return nil, &diag.Error{Msg: "there is no go.mod in " + typed, Hint: "a replacement is the root of a module"}
	}
	switch path := modfile.ModulePath(data); {
	case path == "":
		return nil, &diag.Error{Msg: "the go.mod in " + typed + " has no module line", Hint: "go mod edit -module=" + r.old + " there writes one"}
	case path != r.old:
		notes = []string{"the go.mod in " + typed + " is that of " + path + ", which differs from " + r.old}
	}
	r.new = relative(root, abs)
	return notes, nil
}

// relative returns a path as a replace line has it.
func relative(root, abs string) string {
	rel, err := filepath.Rel(root, abs)
	if err != nil {
		return filepath.ToSlash(abs) // on another volume
	}
	rel = filepath.ToSlash(rel)
	if rel == "." || rel != ".." && !strings.HasPrefix(rel, "../") {
		rel = "./" + rel
	}
	return rel
}

// resolve makes a branch a version.
func (r *replacement) resolve(s *gorun.Session) error {
	out, err := s.Go("list", "-m", "-f", "{{.Version}}", r.new+"@"+r.newVersion)
	r.newVersion = strings.TrimSpace(string(out))
	return err
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

// An Override is a replace line in force.
type Override struct {
	Old        string `json:"old"`
	OldVersion string `json:"oldVersion,omitempty"` // if it is for one version only
	New        string `json:"new"`                  // a module or a directory
	NewVersion string `json:"newVersion,omitempty"`

	Pos diag.Pos `json:"-"`
}

// From returns what is replaced, with its version if it is only that.
func (o Override) From() string { return withVersion(o.Old, o.OldVersion) }

// To returns what stands in its place.
func (o Override) To() string { return withVersion(o.New, o.NewVersion) }

// List returns the replace lines in force.
func List(target *shim.Target) ([]Override, error) {
	stack, err := gorun.Read(target.Use)
	if err != nil {
		return nil, err
	}
	merged, err := stack.Merge()
	if err != nil {
		return nil, err
	}
	all := []Override{}
	for _, r := range merged.File().Replace {
		all = append(all, Override{r.Old.Path, r.Old.Version, r.New.Path, r.New.Version, merged.ReplacePos(r.Old.Path, r.Old.Version)})
	}
	return all, nil
}

// Drop removes the replacements of a module: those in the environment's own
// layer, so that what lies below holds again, or else, by a directive, those
// below.
func Drop(target *shim.Target, old string) (*Result, error) {
	read, err := Read(target)
	if err != nil {
		return nil, err
	}
	path, version, oneVersion := strings.Cut(old, "@")
	isMeant := func(s modlayer.Statement) bool {
		return s.Verb == "replace" && s.Path == path && (!oneVersion || s.Version == version)
	}
	merged, err := read.Merge()
	if err != nil {
		return nil, err
	}
	inForce := filter(merged.Statements(), isMeant)
	if len(inForce) == 0 {
		return nil, notReplaced(target, merged, old)
	}
	s, err := gorun.NewSession(target, read)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	result := &Result{Read: read}
	own := filter(inForce, func(s modlayer.Statement) bool { return s.Pos.File == read.Top().Name })
	result.What = old + " dropped from " + read.Top().Name
	edit := []string{"mod", "edit"}
	if len(own) == 0 {
		result.What = old + " dropped by a directive in " + read.Top().Name + ", as the line is " + inForce[0].Pos.String()
		own = inForce
	}
	for _, r := range own {
		edit = append(edit, "-dropreplace="+withVersion(r.Path, r.Version))
	}
	if len(read.Files) > 1 && own[0].Pos.File == read.Top().Name {
		lower, err := read.Lower().Merge()
		if err != nil {
			return nil, err
		}
		for _, r := range filter(lower.Statements(), isMeant) {
			edit = append(edit, "-replace="+withVersion(r.Path, r.Version)+"="+r.Replaced.String())
			result.Notes = append(result.Notes, r.Pos.String()+" holds again: "+withVersion(r.Path, r.Version)+" => "+r.Text)
		}
	}
	if _, err := s.Go(edit...); err != nil {
		return nil, err
	}
	if err := s.ForgetSums(sumPrefixes(own)); err != nil {
		return nil, err
	}
	result.Stack, err = s.Result(modlayer.Exact)
	if err != nil {
		return nil, err
	}
	// The module's own sums may be missing. To drop a line needs no network.
	if _, err := s.Go("list", "-e", "-deps", "-test", "./..."); err != nil {
		result.Notes = append(result.Notes, "sums may be missing: go mod tidy adds them")
		return result, nil
	}
	result.Stack, err = s.Result(modlayer.Exact)
	return result, err
}

// sumPrefixes returns how the lines of go.sum begin that only these
// replacements by modules need.
func sumPrefixes(replaces []modlayer.Statement) []string {
	var prefixes []string
	for _, r := range replaces {
		if to := r.Replaced; to.Version != "" {
			prefixes = append(prefixes, to.Path+" "+to.Version)
		}
	}
	return prefixes
}

func withVersion(path, version string) string {
	if version == "" {
		return path
	}
	return path + "@" + version
}

func filter(all []modlayer.Statement, keep func(modlayer.Statement) bool) []modlayer.Statement {
	var kept []modlayer.Statement
	for _, s := range all {
		if keep(s) {
			kept = append(kept, s)
		}
	}
	return kept
}

func notReplaced(target *shim.Target, merged *modlayer.Merged, old string) error {
	var names []string
	for _, s := range merged.Statements() {
		if s.Verb == "replace" {
			names = append(names, s.Path)
		}
	}
	return &diag.Error{
		Msg:  strconv.Quote(old) + " is not replaced" + target.Policy.Choice.In(),
		Hint: diag.DidYouMean(old, names),
	}
}
