package cli

import (
	"context"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gate"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/shim"
)

// A gateWork is the workspace whose modules the gate is about.
type gateWork struct {
	file    string // path of go.work
	root    string // of the repository, or of the workspace outside of one
	modules []gateModule
	outside int // how many modules do not lie in the repository
}

// A gateModule is a module of the workspace.
type gateModule struct{ path, dir string }

// gateWork returns the workspace here, or nil if a module is around this directory
// or there is none. GOWORK=off says how the modules are built, not which they are.
func (a *App) gateWork() (*gateWork, error) {
	inv := a.invocation()
	gowork, _ := shim.Environ(inv.Self, inv.Env).Effective("GOWORK")
	if gowork == "off" {
		gowork = ""
	}
	file := gomod.Workspace(a.Dir, gowork)
	if file == "" || gomod.Root(a.Dir) != "" {
		return nil, nil
	}
	fault := func(at modfile.Position, msg, hint string) error {
		return &diag.Error{Pos: diag.Pos{File: a.shown(file), Line: at.Line, Col: at.LineRune}, Msg: msg, Hint: hint}
	}
	data, err := textfile.Read(file, textfile.Max)
	if err != nil {
		return nil, fault(modfile.Position{}, err.Error(), "")
	}
	work, err := modfile.ParseWork(a.shown(file), data, nil)
	if err != nil {
		return nil, &diag.Error{Msg: err.Error(), Hint: "go work edit -fmt checks it"}
	}
	root := git.Find(a.Dir)
	if root == "" {
		root = filepath.Dir(file)
	}
	w := &gateWork{file: file, root: root}
	for _, use := range work.Use {
		dir := modgraph.Abs(filepath.Dir(file), use.Path)
		if !gomod.Within(modpair.Real(root), modpair.Real(dir)) {
			w.outside++
			continue
		}
		data, err := textfile.Read(filepath.Join(dir, "go.mod"), textfile.Max)
		path := modfile.ModulePath(data)
		if err != nil || path == "" {
			return nil, fault(use.Syntax.Start, "there is no module in "+diag.Short(a.Dir, dir), "go work edit -dropuse removes the line")
		}
		w.modules = append(w.modules, gateModule{path, dir})
	}
	if len(w.modules) == 0 {
		return nil, fault(modfile.Position{}, "no module of the workspace lies in the repository", "go work use adds one")
	}
	return w, nil
}

// sentence says what the gate of a workspace does.
func (w *gateWork) sentence() string {
	text := filepath.Base(w.file) + ": the gate is run for " + count(len(w.modules), "module") +
		", each as in its own directory; GOWORK=off builds each without the others"
	if w.outside > 0 {
		text += "; " + count(w.outside, "module") + " outside of the repository left out"
	}
	return text
}

// openGates returns what the gate is run for: the module here, or, in a workspace
// that no module is around, each of its modules in the repository. The workspace is
// nil where there is only the module.
func (a *App) openGates(ctx context.Context, flags gateFlags, packages []string) ([]*gateRun, *gateWork, error) {
	work, err := a.gateWork()
	if err != nil {
		return nil, nil, err
	}
	if work == nil {
		if len(packages) == 0 {
			packages = []string{"./..."}
		}
		g, err := a.openGate(ctx, flags, packages)
		return []*gateRun{g}, nil, err
	}
	if len(packages) > 0 {
		return nil, nil, &diag.Error{
			Pos: diag.Pos{File: a.shown(work.file)}, Msg: "this is a workspace, and the gate is run for all packages of its modules",
			Hint: "run it in the directory of the module to name packages",
		}
	}
	var all []*gateRun
	for _, m := range work.modules {
		in, own := *a, flags
		in.Dir = m.dir
		if own.output != "" {
			name, err := filepath.Rel(modpair.Real(filepath.Dir(work.file)), modpair.Real(m.dir))
			if err != nil || !filepath.IsLocal(name) {
				name = filepath.Base(m.dir)
			}
			own.output = filepath.Join(own.output, name)
		}
		g, err := in.openGate(ctx, own, []string{"./..."})
		if err != nil {
			closeGates(all)
			return nil, nil, err
		}
		g.module = m.path
		all = append(all, g)
	}
	return all, work, nil
}

func closeGates(all []*gateRun) {
	for _, g := range all {
		g.close()
	}
}

// stepsOf returns the steps of all gates, and the environment if it is one.
func stepsOf(all []*gateRun) (steps []gate.Step, env string) {
	env = all[0].env
	for _, g := range all {
		steps = append(steps, g.steps()...)
		if g.env != env {
			env = ""
		}
	}
	return steps, env
}

// keepAll puts the programs of all gates into the directories for them.
func keepAll(all []*gateRun) error {
	for _, g := range all {
		if err := g.keep(); err != nil {
			return err
		}
	}
	return nil
}
