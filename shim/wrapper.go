package shim

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/stamp"
	"github.com/goshim/goshim/internal/userdir"
)

// checkWrapper checks a real go that does not lie in a GOROOT, and so may be any
// program, against the version that the policy asks for: the companion runs it.
// A stamp says that this was done, for the program, the directory, what a version
// manager chooses by, and all else that the answer depends on.
func (p *planner) checkWrapper() error {
	if !p.namesVersion() || p.real.Root != "" {
		return nil
	}
	files := p.wrapperFiles()
	s := p.policy.Toolchain
	done := stamp.New(stamp.Dir(p.env.Get), "wrapper", nil, append(p.wrapperVariables(), s.Value, strconv.FormatBool(s.Forced), p.dir)...)
	if done.Fresh() {
		return nil
	}
	if p.inv.Companion == nil {
		return errHandOver
	}
	state := stamp.State(files)
	have, err := p.inv.Companion.GoVersion(p.real.Path, p.dir, p.env.Environ())
	if err != nil {
		return &diag.Error{
			Pos:  s.Pos,
			Msg:  "toolchain " + s.Value + " is required: " + err.Error(),
			Hint: "set GOSHIM_REAL_GO to the go command of a toolchain (this one was found by " + p.real.From + ")",
		}
	}
	if err := p.checkToolchain(have); err != nil {
		return err
	}
	p.because(s.Pos, p.real.Path+" says that it is "+have)
	p.steps = append(p.steps, Step{Do: func() error { done.Write(state); return nil }})
	return nil
}

// wrapperFiles returns the real go, what a link leads to, and the files by which
// version managers choose a toolchain.
func (p *planner) wrapperFiles() []string {
	files := []string{p.real.Path}
	if target, err := filepath.EvalSymlinks(p.real.Path); err == nil && target != p.real.Path {
		files = append(files, target)
	}
	dirs := []string{userdir.Home(p.env.Get)}
	for dir := p.dir; ; dir = filepath.Dir(dir) {
		dirs = append(dirs, dir)
		if dir == filepath.Dir(dir) {
			break
		}
	}
	for _, dir := range dirs {
		for _, name := range []string{".go-version", ".tool-versions", "mise.toml"} {
			files = append(files, filepath.Join(dir, name))
		}
	}
	return files
}

// wrapperVariables returns the variables by which a version manager may choose:
// asdf, goenv and mise have GO or VERSION in the names of theirs.
func (p *planner) wrapperVariables() []string {
	var vars []string
	for _, kv := range p.env.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if name == "PATH" || name == "HOME" || name != levelVar && (strings.Contains(name, "GO") || strings.Contains(name, "VERSION")) {
			vars = append(vars, kv)
		}
	}
	slices.Sort(vars)
	return vars
}
