package shim

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/userdir"
	"github.com/goshim/goshim/policy"
)

// applyModfile puts the modfiles of the environment in the place of go.mod: for
// the commands that read it by an overlay in GOFLAGS, which their children,
// other folders and workspaces see too; for those that write it by -modfile.
func (p *planner) applyModfile() error {
	if err := p.leaveOverlay(); err != nil {
		return err
	}
	top := p.topModfile()
	if !top.IsSet() {
		return p.checkInterrupted()
	}
	if p.findStandIn(); p.standIn != "" {
		return p.applyStandIn(top)
	}
	if value := p.modfile(); value != "" {
		where := "GOFLAGS"
		if p.typed.Has("modfile") {
			where = "the command line"
		}
		if top.Forced {
			return &diag.Error{Pos: top.Pos, Msg: "modfile is forced, but " + where + " has -modfile=" + value, Hint: "leave it out of " + where}
		}
		p.yields(YieldsBuild, top.Pos, "modfile not applied: "+where+" has -modfile="+value)
		return nil
	}
	use, why, err := p.modfiles()
	if err == nil && use == nil {
		p.because(top.Pos, "modfile not applied: "+why)
	}
	if err != nil {
		return err
	}
	if use == nil {
		return p.checkInterrupted()
	}
	p.use = use
	inModule := p.moduleRoot() == use.Root
	concerned, err := p.concerned(inModule)
	if err != nil {
		return err
	}
	if concerned {
		if err := p.checkWrites(top); err != nil {
			return err
		}
	}
	p.write = inModule && p.writesModfile()
	if p.write && p.inv.Modfile != "" {
		return &diag.Error{Pos: top.Pos, Msg: "go " + p.typed.Words + " changes go.mod, which " + top.Value + " stands for until a proxy answers", Hint: "try again later"}
	}
	if p.write && p.inv.Companion == nil {
		return errHandOver
	}
	return p.giveModfile(top, inModule, concerned)
}

// topModfile returns the uppermost modfile that is asked for, if there is one.
func (p *planner) topModfile() policy.String {
	files := p.policy.Modfile
	switch {
	case p.inv.Modfile != "":
		return policy.String{Value: lastGood, Pos: p.policy.Fallback.Pos}
	case len(files) > 0:
		return files[len(files)-1]
	}
	return policy.String{}
}

// lastGood is how the user sees [Invocation.Modfile].
const lastGood = "the last good snapshot"

// checkInterrupted hands over to the companion if a change of go.mod itself was
// interrupted, as goshim promote and goshim freeze make them: it is finished
// before the go command reads one file that is new and one that is old.
func (p *planner) checkInterrupted() error {
	root := p.moduleRoot()
	if root == "" {
		return nil
	}
	var use modpair.Use
	use.SetRoot(p.env.Get, root)
	switch {
	case !use.Journal.Pending():
		return nil
	case p.inv.Companion == nil:
		return errHandOver
	}
	return &modpair.PendingError{Journal: use.Journal}
}

// concerned reports whether the command is about the module of the modfiles, as
// some are about every module of the workspace.
func (p *planner) concerned(inModule bool) (bool, error) {
	if words := p.typed.Words; words != "work sync" && words != "work vendor" {
		return inModule, nil
	}
	if p.inv.Companion == nil {
		return false, errHandOver
	}
	return p.inv.Companion.InWorkspace(p.workspaceFile(), p.use.Real), nil
}

// giveModfile merges the modfiles and gives the command the result.
func (p *planner) giveModfile(top policy.String, inModule, concerned bool) error {
	caller := p.callerOverlay()
	if caller != "" {
		err := p.readOverlay(caller)
		if err == errHandOver {
			return err
		}
		if err != nil { // the go command says so too
			p.because(top.Pos, "modfile not applied: reading the caller's overlay: "+err.Error())
			p.use, p.write = nil, false
			return nil
		}
	}
	if err := p.findPair(); err != nil {
		return err
	}
	p.because(top.Pos, "go.mod is read as "+p.use.Names()+" over go.mod")
	p.chooseToolchain(p.pair.Toolchain, top.Pos)
	makesVendor := strings.HasSuffix(p.typed.Words, " vendor") && p.policy.Mod.Value != "vendor"
	if makesVendor && concerned && p.pair.Modules {
		return p.refuseVendor(top.Pos)
	}
	if concerned && p.pair.Modules {
		if err := p.checkTypedVendor(top); err != nil {
			return err
		}
	}
	if p.write {
		p.writeModfile(top.Pos)
	}
	if p.pair.Ignore && inModule {
		p.expandPatterns(top.Pos)
	}
	if p.writesOnly() {
		return nil
	}
	return p.overlay(caller, top.Pos)
}

// modfiles returns which modfiles are in force, or why none is.
func (p *planner) modfiles() (use *modpair.Use, why string, err error) {
	if on, _ := p.env.Effective("GO111MODULE"); on == "off" {
		return nil, "GO111MODULE=off", nil
	}
	if p.typed.AtVersion() {
		return nil, "the command is about another module", nil
	}
	use = &modpair.Use{Cache: userdir.Cache(p.env.Get)}
	if p.inv.Modfile != "" {
		if p.moduleRoot() == "" {
			return nil, "not in a module", nil
		}
		use.SetRoot(p.env.Get, p.moduleRoot())
		use.Modfiles = []modpair.Ref{{Path: p.inv.Modfile, Name: lastGood, Pos: p.policy.Fallback.Pos}}
		return use, "", nil
	}
	repository := modpair.Real(p.policy.Root)
	for _, file := range p.policy.Modfile {
		path := filepath.Join(p.policy.Root, filepath.FromSlash(file.Value))
		real := modpair.Real(path) // itself if there is no such file
		if rel, err := filepath.Rel(repository, real); real != path && (err != nil || !filepath.IsLocal(rel)) {
			return nil, "", &diag.Error{Pos: file.Pos, Msg: "modfile " + quote(file.Value) + " leads out of the repository", Hint: "it is a symbolic link: put the file itself there"}
		}
		root := gomod.Root(filepath.Dir(path))
		switch {
		case root == "" && (p.moduleRoot() != "" || p.workspaceFile() != ""):
			return nil, "", p.noModule(file)
		case root == "":
			return nil, "there is no go.mod in " + filepath.Dir(path) + " or above", nil
		case !gomod.Within(p.policy.Root, root) && p.env.Get("GOSHIM_CONFIG") == "":
			return nil, "it is for the module in " + root + ", which lies above this policy", nil
		case use.Root != "" && use.Root != root:
			return nil, "", &diag.Error{Pos: file.Pos, Msg: "modfile " + quote(file.Value) + " lies in another module than those below it", Hint: "one environment changes one module"}
		}
		if use.Root == "" {
			use.SetRoot(p.env.Get, root)
		}
		if file.Value != "go.mod" || path != filepath.Join(root, "go.mod") {
			use.Modfiles = append(use.Modfiles, modpair.Ref{Path: path, Name: p.shortName(path), Pos: file.Pos})
			continue
		}
		use.Modfiles = nil // go.mod itself: nothing lies over it
	}
	switch {
	case len(use.Modfiles) == 0:
		return nil, "it is go.mod itself", nil
	}
	work := p.workspaceFile()
	if p.moduleRoot() != use.Root && work == "" {
		return nil, "it is for the module in " + use.Root, nil
	}
	if work = p.abs(work); work != "" && filepath.Dir(work) != use.Root {
		use.Work = work
	}
	return use, "", nil
}

// noModule returns the error about a modfile that belongs to no module, which
// would be passed over in every directory.
func (p *planner) noModule(file policy.String) error {
	dir := filepath.Join(p.policy.Root, filepath.FromSlash(filepath.Dir(file.Value)))
	e := &diag.Error{
		Pos:  file.Pos,
		Msg:  "modfile " + quote(file.Value) + " belongs to no module: there is no go.mod in " + dir + " or above",
		Hint: "write its path from " + p.policy.Root + ", in the directory of a go.mod or below",
	}
	meant := filepath.Join(p.moduleRoot(), filepath.Base(file.Value))
	rel, err := filepath.Rel(p.policy.Root, meant)
	if _, missing := os.Stat(meant); missing == nil && err == nil && filepath.IsLocal(rel) {
		e.Hint += `, such as modfile = "` + filepath.ToSlash(rel) + `"`
	}
	return e
}

// shortName returns the path as seen from where the command runs, if that is
// shorter.
func (p *planner) shortName(path string) string {
	return diag.Short(p.dir, path)
}
