// Package injected checks that a program has the values that the environment
// injects into programs (`inject` in goshim.toml). It reads what the variables
// hold in the program's file: the bytes of a value may well be there without
// being the variable's.
package injected

import (
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/exefile"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/shim"
)

// Verify compares the variables of the program at the path with what the
// target's environment injects now, at this commit. The report has no counts and
// no findings if it injects nothing. Nothing is run.
//
// It is an error if the file cannot be read as a program, or if git does not know
// what is injected.
func Verify(target *shim.Target, path string) (*finding.Report, error) {
	report := &finding.Report{Check: "inject", Root: target.Use.Root}
	wants, err := shim.Injections(target.Policy, target.Use.Root)
	if err != nil || len(wants) == 0 {
		return report, err
	}
	p, err := open(path)
	if err != nil {
		return nil, err
	}
	defer p.file.Close()
	p.head = headOf(report.Root)
	report.Counts = []finding.Count{{What: "variable", N: len(wants)}}
	name := NameIn(report.Root, path)
	for _, want := range wants {
		if f := p.check(want); f != nil {
			f.File = name
			report.Add(*f)
		}
	}
	return report, nil
}

// NameIn returns how a report about the directory root names a file.
func NameIn(root, path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) {
		path = rel
	}
	return filepath.ToSlash(path)
}

// A program is one whose variables are read.
type program struct {
	file  *exefile.File
	marks map[string]uint64 // variables that a scaffold names, by their names for -X
	flags []string          // of the linker, as recorded, or nil

	info *debug.BuildInfo
	head string // the commit that is checked out, or ""
}

// headOf returns the commit that is checked out, "" if there is none.
func headOf(dir string) string {
	repo, err := git.Open(git.Find(dir))
	if err != nil {
		return ""
	}
	commit, err := repo.Commit()
	if err != nil {
		return ""
	}
	return commit
}

// setting returns a setting that the go command recorded, or "".
func (p *program) setting(key string) string {
	i := slices.IndexFunc(p.info.Settings, func(s debug.BuildSetting) bool { return s.Key == key })
	if i < 0 {
		return ""
	}
	return p.info.Settings[i].Value
}

func open(path string) (*program, error) {
	file, err := exefile.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.BuildInfo()
	if err != nil {
		file.Close()
		return nil, &diag.Error{Msg: path + " is not a program that Go has built: " + err.Error()}
	}
	p := &program{file: file, info: info}
	p.flags = p.linkerFlags()
	if !file.HasNames() {
		p.marks = findMarks(file)
	}
	return p, nil
}

// linkerFlags returns the words of -ldflags as the go command recorded them. With
// -trimpath it records none.
func (p *program) linkerFlags() []string {
	_, value, _ := gocmd.CutPattern(p.setting("-ldflags"))
	words, _ := gocmd.SplitQuoted(value)
	return words
}

// check returns what is wrong with a variable, or nil.
func (p *program) check(want shim.Injection) *finding.Finding {
	addr, ok := p.address(want.Name)
	switch {
	case ok:
	case p.file.HasNames():
		return &finding.Finding{
			Rule: "inject-absent", Severity: finding.High,
			Message: "the program has no variable " + want.Name + ", or never uses it; the environment injects " + strconv.Quote(want.Value),
			Hint:    "declare it as a string variable without a value, or with a constant one, and use it",
		}
	default:
		return p.unproved(want)
	}
	got, err := p.file.String(addr)
	if err != nil {
		return &finding.Finding{
			Rule: "inject-unproved", Severity: finding.High,
			Message: "the value of " + want.Name + " cannot be read: " + err.Error(),
			Hint:    "it must be a variable of type string",
		}
	}
	return p.compare(want, got)
}

// address returns where the variable lies.
func (p *program) address(name string) (addr uint64, ok bool) {
	if addr, ok = p.file.Variable(symbol(name)); !ok {
		addr, ok = p.marks[name]
	}
	return addr, ok
}

// unproved returns the finding about a variable whose value nothing in the file
// leads to. That the linker was asked to set it is no proof: if there is no such
// variable, it says nothing.
func (p *program) unproved(want shim.Injection) *finding.Finding {
	f := &finding.Finding{
		Rule: "inject-unproved", Severity: finding.High,
		Message: "the program is stripped, so nothing proves the value of " + want.Name,
		Hint:    "build it without -s in -ldflags; or goshim inject scaffold, whose table of variables no flag strips",
	}
	asked, ok := lastX(p.flags, want.Name)
	switch {
	case !ok && p.flags != nil:
		f.Message += ", and its recorded -ldflags do not set it"
	case !ok:
	case asked == want.Value:
		f.Severity = finding.Medium
		f.Message += "; its recorded -ldflags ask for the right one"
	default:
		f = p.compare(want, asked)
		f.Message += ", by the recorded -ldflags"
	}
	return f
}

// lastX returns the value that the linker's -X flags give a variable: the last
// one counts.
func lastX(words []string, name string) (value string, ok bool) {
	for i, word := range words {
		flag, rest, joined := gocmd.CutFlag(word)
		if flag != "X" {
			continue
		}
		if !joined && i+1 < len(words) {
			rest = words[i+1]
		}
		if n, v, _ := strings.Cut(rest, "="); n == name {
			value, ok = v, true
		}
	}
	return value, ok
}

// compare returns the finding about a variable that holds got, or nil if that is
// what is wanted.
func (p *program) compare(want shim.Injection, got string) *finding.Finding {
	if got == want.Value {
		return nil
	}
	f := &finding.Finding{Rule: "inject-differs", Severity: finding.High, Hint: "build it with the shim, in this environment"}
	const injects = "the environment injects "
	switch {
	case got == "":
		f.Rule = "inject-missing"
		f.Message = want.Name + " is empty: nothing was injected; " + injects + strconv.Quote(want.Value)
	case p.hasOwnValue(want.Name):
		f.Rule = "inject-missing"
		f.Message = want.Name + " is " + strconv.Quote(got) + ", the value in its source: nothing was injected; " + injects + strconv.Quote(want.Value)
	case p.isOfOther(want.Source.Value, got):
		f.Rule = "inject-other-commit"
		f.Message = want.Name + " is " + strconv.Quote(got) + ": the program is of another commit than HEAD, for which " + injects + strconv.Quote(want.Value)
		f.Hint = "build it from the commit that is checked out"
	default:
		f.Message = want.Name + " is " + strconv.Quote(got) + ", and " + injects + strconv.Quote(want.Value)
	}
	return f
}

// hasOwnValue reports whether the recorded flags prove that nothing was injected
// into a variable.
func (p *program) hasOwnValue(name string) bool {
	_, asked := lastX(p.flags, name)
	return !asked && p.setting("-trimpath") != "true" // which records no flags of the linker
}

// isOfOther reports whether the value of a line of the policy shows that the
// program is of another commit. Where the program records its commit, that decides.
// Else only a fact does that no source has by chance: any word may be a tag.
func (p *program) isOfOther(line, value string) bool {
	if !isOther(line, value) {
		return false
	}
	if revision := p.setting("vcs.revision"); revision != "" && p.head != "" {
		return revision != p.head
	}
	return strings.Contains(line, "{git.commit}") || strings.Contains(line, "{git.short}") || strings.Contains(line, "{git.time}")
}

// NothingInjected returns the error for an environment without inject.
func NothingInjected(target *shim.Target) error {
	env := target.Policy.Choice.Env
	if env == "" {
		return &diag.Error{Msg: "no policy is in force that injects anything, so there is nothing to verify"}
	}
	return &diag.Error{
		Msg:  "the environment " + strconv.Quote(env) + " injects nothing, so there is nothing to verify",
		Hint: "--env NAME, or a table [env." + env + ".inject] in goshim.toml",
	}
}
