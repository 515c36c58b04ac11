// Package policy reads goshim.toml and decides what holds: it parses the
// policy files of the repository, the user and the system, chooses the
// environment, lays the files over one another, and leaves out what the
// repository is not trusted with.
//
// It reads files and starts no process. Applying the result to a go command
// is the job of package shim.
package policy

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/userdir"
)

// A Policy is what holds for a command.
type Policy struct {
	Env     // the settings in force
	Choice  Choice
	Root    string // directory of the repository's file, "" if there is none
	Repo    *File  // the files in force; nil where there is none
	User    *File
	System  *File
	Trust   Trust     // of the repository's file; only if some setting needs it
	Skipped []Skipped // settings of the repository that are not applied
	Beyond  []Skipped // settings for the repository's modules, where the go.mod in force lies above Root
	dir     string    // where the command runs, unless the user names the repository's file
}

// Load returns the policy for a command that runs in dir, an absolute path,
// or nil if there is none. The environment env is the caller's.
//
// Errors are faults in a file and refusals: of an environment that is not
// defined, of a file that belongs to somebody else, of a hash that
// GOSHIM_TRUST does not expect, of settings that are not trusted in a
// protected environment.
func Load(dir string, env *envset.Set) (*Policy, error) { return LoadEnv(dir, env, "") }

// LoadEnv returns what [Load] would if the environment with the given name
// were chosen; "" leaves the choice to the files.
func LoadEnv(dir string, env *envset.Set, name string) (*Policy, error) {
	p, err := Inspect(dir, env, name)
	if p != nil && len(p.Skipped) > 0 && p.IsProtected() {
		return nil, p.notTrusted()
	}
	return p, err
}

// Inspect returns what [Load] would for the environment with the given name,
// or, if the name is "", for the one that the files choose. It does not refuse
// settings that are not trusted in a protected environment: they are Skipped.
func Inspect(dir string, env *envset.Set, name string) (*Policy, error) {
	p, err := read(dir, env.Get)
	if p == nil || err != nil {
		return nil, err
	}
	if name == "" {
		p.Choice, err = choose(p.Files(), p.Root, env.Get)
	} else {
		p.Choice, err = defined(p.Files(), Choice{Env: name, Reason: "the command line"})
	}
	if err != nil {
		return nil, err
	}
	repo := p.Repo.Resolve(p.Choice.Env)
	if env.Get("GOSHIM_CONFIG") == "" { // a file that the user names holds wherever the user says
		p.dir = dir
		p.leaveBeyond(&repo)
	}
	if err := p.settle(&repo, env); err != nil {
		return nil, err
	}
	return p, nil
}

// settle lays the repository's settings, as far as they may be applied, over those
// of the files above.
func (p *Policy) settle(repo *Env, env *envset.Set) error {
	j, err := p.applyTrust(repo, env)
	p.Env = stack(j.env, j.upper, *repo, j.locks)
	return err
}

// judge returns what judges the repository's settings where the files above have the
// named environment.
func (p *Policy) judge(above string, env *envset.Set) *judge {
	files := []*File{p.User, p.System}
	locks := locksOf(files)
	for _, lock := range locks {
		if rest, ok := strings.CutPrefix(lock, "env."+above+"."); ok {
			locks = append(locks, rest)
		}
	}
	return &judge{env: p.Choice.Env, upper: upperEnv(above, files), locks: locks, root: p.Root, dir: p.dir, caller: env}
}

// chosenAbove returns the environment that the files above choose by themselves,
// where the repository chooses another one. Theirs may be the stricter.
func (p *Policy) chosenAbove(getenv userdir.Getenv) (name string, differs bool) {
	if p.Repo == nil || p.Choice.Pos.File != p.Repo.Name {
		return p.Choice.Env, false
	}
	above := Policy{User: p.User, System: p.System}
	own, err := choose(above.Files(), p.Root, getenv)
	if err != nil || own.Env == "" || own.Env == p.Choice.Env {
		return p.Choice.Env, false
	}
	return own.Env, true
}

// leaveBeyond removes the settings for the repository's modules where the go.mod in
// force lies above its policy, and so is another repository's.
func (p *Policy) leaveBeyond(repo *Env) {
	parts := repo.parts()
	if !slices.ContainsFunc(parts, func(part part) bool { return part.module }) {
		return
	}
	module := gomod.Root(p.dir)
	if module == "" || gomod.Within(p.Root, module) {
		return
	}
	kept := Env{Name: repo.Name, Inherits: repo.Inherits}
	for _, part := range parts {
		switch {
		case !part.module:
			part.put(&kept)
		case part.command == "" || part.list:
			p.Beyond = append(p.Beyond, part.Skipped)
		}
	}
	*repo = kept
}

// IsProtected reports whether the environment takes settings only as a whole.
func (p *Policy) IsProtected() bool {
	return p.Protected.Value || !p.Protected.IsSet() && p.Choice.Env == "prod"
}

// Files returns the files in force, the most specific first.
func (p *Policy) Files() []*File {
	var files []*File
	for _, f := range []*File{p.Repo, p.User, p.System} {
		if f != nil {
			files = append(files, f)
		}
	}
	return files
}

// upperEnv returns what the files above a repository's, the most specific
// first, say of an environment.
func upperEnv(name string, files []*File) Env {
	var env Env
	var locks []string
	for _, f := range slices.Backward(files) {
		env = stack(name, env, f.Resolve(name), locks)
		locks = append(locks, f.locks()...)
	}
	return env
}

// DeniesNetwork reports whether go commands may reach nothing: network is deny,
// or deny!, which also refuses to run where the system cannot promise that.
func (e *Env) DeniesNetwork() bool {
	return e.Network.Value == "deny" || e.Network.Value == "deny!"
}

// variable returns the value that the environment's settings give a variable,
// by name or by key, or "".
func (e *Env) variable(name string) string {
	for _, v := range e.Vars {
		if v.Name == name && v.Op != Unset {
			return v.Value
		}
	}
	switch name {
	case "GOPROXY":
		return strings.Join(e.Proxy.Strings(), ",")
	case "GOSUMDB":
		return e.Sumdb.Value
	case "GOWORK":
		return e.Workspace.Value
	}
	return ""
}

func (f *File) locks() []string {
	if f == nil {
		return nil
	}
	return f.Lock.Strings()
}

// applyTrust removes from the repository's settings those that may not be applied,
// and returns what they were judged by. Which environment the files above have is
// something that a repository says, too.
func (p *Policy) applyTrust(repo *Env, env *envset.Set) (*judge, error) {
	if p.Repo == nil {
		return p.judge(p.Choice.Env, env), nil
	}
	name, differs := p.chosenAbove(env.Get)
	j := p.judge(name, env)
	r := j.review(repo)
	if r.runsCode || r.widens || differs || env.Get("GOSHIM_TRUST") != "" {
		var err error
		if p.Trust, err = p.Repo.trust(env.Get); err != nil {
			return j, err
		}
	}
	if !p.Trust.Trusted {
		if differs {
			choice := "the environment " + strconv.Quote(p.Choice.Env) + " in place of your " + strconv.Quote(name)
			p.Skipped = append(p.Skipped, Skipped{choice, Widens, p.Choice.Pos, "default"})
		}
		p.Skipped = append(p.Skipped, j.restrict(repo, false, nil)...)
		return j, nil
	}
	j = p.judge(p.Choice.Env, env)
	p.Skipped = j.restrict(repo, true, Permits([]*File{p.User, p.System}))
	a := anchor{root: p.Root}
	a.settings(repo)
	return j, a.err
}

// Notice returns one line that says what is not applied and what the user can
// do, or "".
func (p *Policy) Notice() string {
	if p == nil || len(p.Skipped) == 0 {
		return ""
	}
	n := strconv.Itoa(len(p.Skipped)) + " setting"
	if len(p.Skipped) > 1 {
		n += "s"
	}
	if p.Trust.Trusted {
		return p.Repo.Name + ": " + n + " that no policy of yours permits: not applied (goshim trust --show)"
	}
	return p.Repo.Name + " is not trusted: " + n + " not applied (goshim trust --show)"
}

// notTrusted is the refusal of a protected environment.
func (p *Policy) notTrusted() error {
	s := p.Skipped[0]
	e := &diag.Error{
		Pos:  s.Pos,
		Msg:  "environment " + strconv.Quote(p.Choice.Env) + " is protected, and " + s.Setting + " is not trusted",
		Hint: "goshim trust --show, then goshim trust; in CI, set GOSHIM_TRUST to the hash",
	}
	if p.Trust.Trusted {
		e.Msg = "environment " + strconv.Quote(p.Choice.Env) + " is protected, and no policy of yours permits " + s.Setting
		e.Hint = "it runs code; to permit it, add its name to permit in the user's policy file"
	}
	return e
}

// read reads the files that concern dir. It returns nil if there are none,
// and if GOSHIM=off says so and the system's policy does not object.
func read(dir string, getenv userdir.Getenv) (*Policy, error) {
	p := &Policy{}
	var err error
	if p.System, err = readFile(Source{System, systemFile, systemFile}, getenv); err != nil {
		return nil, err
	}
	if off, err := switchedOff(p.System, getenv); off || err != nil {
		return nil, err
	}
	userFile := UserFile(getenv)
	if p.User, err = readFile(Source{User, userFile, userFile}, getenv); err != nil {
		return nil, err
	}
	repo, ok := RepositorySource(dir, getenv)
	if getenv("GOSHIM_CONFIG") != "" {
		if _, err := os.Stat(repo.Path); err != nil {
			return nil, &diag.Error{Msg: "GOSHIM_CONFIG: " + err.Error(), Hint: "unset GOSHIM_CONFIG, or name a file that is there"}
		}
	}
	if ok {
		if p.Repo, err = readFile(repo, getenv); err != nil {
			return nil, err
		}
	}
	if p.Repo != nil {
		p.Root = filepath.Dir(repo.Path)
	} else if p.User == nil && p.System == nil {
		return nil, nil
	}
	return p, nil
}

// switchedOff reports whether GOSHIM=off is in force.
func switchedOff(system *File, getenv userdir.Getenv) (bool, error) {
	switch v := getenv("GOSHIM"); v {
	case "", "on":
		return false, nil
	case "off":
		if system != nil && system.Bypass.Value == "deny" {
			return false, &diag.Error{Pos: system.Bypass.Pos, Msg: "the system's policy forbids GOSHIM=off", Hint: "unset GOSHIM"}
		}
		return true, nil
	default:
		return false, &diag.Error{Msg: "GOSHIM=" + strconv.Quote(v) + " is not one of on, off"}
	}
}

// shortName returns path relative to dir if that is a way a person would
// write it.
func shortName(dir, path string) string {
	return diag.Short(dir, path)
}

// maxSize bounds a policy file. The largest sensible one is a tenth of it.
const maxSize = 128 << 10

// readFile reads, parses and checks one policy file, and whose it is. A file
// that is not there is nil, except a repository's, which was found. It is not
// there, too, if the home directory is a file, such as /dev/null.
func readFile(source Source, getenv userdir.Getenv) (*File, error) {
	if source.Path == "" {
		return nil, nil
	}
	data, info, err := readRegular(source.Path)
	if (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) && source.Level != Repository {
		return nil, nil
	}
	if err == nil && source.Level != Repository {
		if err := checkUpper(source.Name, info, getenv); err != nil {
			return nil, err
		}
	}
	f, errs := source.parse(data, err)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	if source.Level == Repository {
		if err := f.checkOwner(info, getenv); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// cause returns what went wrong, without the path that err repeats.
func cause(err error) string {
	var perr *fs.PathError
	if errors.As(err, &perr) {
		return perr.Err.Error()
	}
	return err.Error()
}

func readRegular(path string) ([]byte, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("not a regular file")
	}
	if info.Size() > maxSize {
		return nil, nil, errors.New("larger than 128 KiB")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize))
	return bytes.TrimPrefix(data, []byte("\ufeff")), info, err
}

// checkUpper refuses a user's or system's file that somebody else can change.
func checkUpper(name string, info fs.FileInfo, getenv userdir.Getenv) error {
	if _, foreign := foreignOwner(info, getenv); foreign || writableByOthers(info) {
		return &diag.Error{Pos: diag.Pos{File: name}, Msg: "other users can change this policy", Hint: "chown it to yourself, and chmod o-w"}
	}
	return nil
}
