package shim

import (
	"errors"
	"go/version"
	"path/filepath"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/userdir"
)

// applyModfile puts the modfiles of the environment in the place of go.mod: for
// the commands that read it by an overlay in GOFLAGS, which their children,
// other folders and workspaces see too; for those that write it by -modfile.
func (p *planner) applyModfile() error {
	if err := p.leaveOverlay(); err != nil {
		return err
	}
	files := p.policy.Modfile
	if len(files) == 0 {
		return nil
	}
	top := files[len(files)-1]
	if p.findStandIn(); p.standIn != "" {
		return p.applyStandIn(top)
	}
	if value, where, typed := p.typedFlag("modfile"); typed {
		if top.Forced {
			return &diag.Error{Pos: top.Pos, Msg: "modfile is forced, but " + where + " has -modfile=" + value, Hint: "leave it out of " + where}
		}
		p.because(top.Pos, "modfile not applied: "+where+" has -modfile="+value)
		return nil
	}
	use, why, err := p.modfiles()
	if err == nil && use == nil {
		p.because(top.Pos, "modfile not applied: "+why)
	}
	if use == nil || err != nil {
		return err
	}
	inModule := p.moduleRoot() == use.Root
	concerned := inModule
	if words := p.typed.Words; words == "work sync" || words == "work vendor" { // about every module of the workspace
		if p.inv.Companion == nil {
			return errHandOver
		}
		concerned = p.inv.Companion.InWorkspace(p.workspaceFile(), use.Real)
	}
	if concerned {
		if err := p.checkWrites(top); err != nil {
			return err
		}
	}
	p.use = use
	p.write = inModule && p.writesModfile()
	if p.write && p.inv.Companion == nil {
		return errHandOver
	}
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
	p.chooseToolchain(top.Pos)
	makesVendor := strings.HasSuffix(p.typed.Words, " vendor") && p.policy.Mod.Value != "vendor"
	if makesVendor && concerned && p.pair.Modules {
		return p.refuseVendor(top.Pos)
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

// errHandOver says that the companion is to run the command.
var errHandOver = errors.New("hand over to the companion")

// findPair finds the pair of the modfiles: by its stamp, or else by merging
// them.
func (p *planner) findPair() (err error) {
	if p.pair, err = modpair.New(p.use); err != nil {
		return err
	}
	if !p.use.Journal.Pending() && p.pair.Known(p.use) {
		return nil
	}
	merged, err := p.merge()
	if err != nil {
		return err
	}
	p.pair = merged.InCache()
	p.steps = append(p.steps, Step{"merge " + p.use.Names() + " over go.mod", merged.Make})
	return nil
}

// merge returns the merged modfiles.
func (p *planner) merge() (Merged, error) {
	if p.inv.Companion == nil {
		return nil, errHandOver
	}
	if p.merged == nil {
		merged, err := p.inv.Companion.Merge(p.use)
		if err != nil {
			return nil, err
		}
		p.merged = merged
	}
	return p.merged, nil
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
	repository := modpair.Real(p.policy.Root)
	for _, file := range p.policy.Modfile {
		path := filepath.Join(p.policy.Root, filepath.FromSlash(file.Value))
		real := modpair.Real(path) // itself if there is no such file
		if rel, err := filepath.Rel(repository, real); real != path && (err != nil || !filepath.IsLocal(rel)) {
			return nil, "", &diag.Error{Pos: file.Pos, Msg: "modfile " + quote(file.Value) + " leads out of the repository", Hint: "it is a symbolic link: put the file itself there"}
		}
		root := gomod.Root(filepath.Dir(path))
		switch {
		case root == "":
			return nil, "there is no go.mod in " + filepath.Dir(path) + " or above", nil
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
	case p.moduleRoot() != use.Root && p.workspaceFile() == "":
		return nil, "it is for the module in " + use.Root, nil
	}
	return use, "", nil
}

// shortName returns the path as seen from where the command runs, if that is
// shorter.
func (p *planner) shortName(path string) string {
	if rel, err := filepath.Rel(p.dir, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

// callerOverlay returns the overlay that the caller has, such as an editor's
// with unsaved buffers, or "". One of ours that a go command has handed to its
// children is not the caller's.
func (p *planner) callerOverlay() string {
	value, ok := p.typed.Flag("overlay")
	if !ok {
		words, _ := p.goflags()
		value, _ = lastFlag(words, "overlay")
	}
	return modpair.CallerOverlay(p.use.Cache, value)
}

// leaveOverlay removes from GOFLAGS the overlay of ours that a go command has
// handed to its children: the environment may be another one now. One that the
// caller has comes back.
func (p *planner) leaveOverlay() error {
	words, _ := p.goflags()
	value, ok := lastFlag(words, "overlay")
	caller := modpair.CallerOverlay(userdir.Cache(p.env.Get), value)
	if !ok || caller == value {
		return nil
	}
	words = withoutFlag(words, "overlay")
	if caller != "" {
		words = append(words, "-overlay="+caller)
	}
	return p.setGOFLAGS(words, diag.Pos{})
}

// readOverlay notes what the caller's overlay has in the place of files.
func (p *planner) readOverlay(path string) error {
	if p.inv.Companion == nil {
		return errHandOver
	}
	abs := func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(p.dir, path)
	}
	read, err := p.inv.Companion.ReadOverlay(abs(path))
	if err != nil {
		return err
	}
	p.use.Actual = make(map[string]string, len(read))
	for from, to := range read {
		p.use.Actual[filepath.Clean(abs(from))] = abs(to)
	}
	return nil
}

// overlay gives the command the overlay of the pair. One of the caller's is
// merged with it, because the go command takes one only.
func (p *planner) overlay(caller string, source diag.Pos) error {
	vendor := p.policy.Mod.Value == "vendor"
	path := p.pair.Overlay(vendor)
	if caller != "" {
		merged, err := p.merge()
		if err != nil {
			return err
		}
		var write func() error
		path, write = merged.Combine(vendor, p.use.Actual)
		p.steps = append(p.steps, Step{"merge its overlay with the caller's", write})
	}
	if i := p.cmd.Index("overlay"); i >= 0 {
		p.cmd = p.cmd.Replace(i, "-overlay="+path)
		p.because(source, "overlay of "+p.use.Names()+" merged with the caller's")
		return nil
	}
	words, ok := p.goflags()
	if !ok {
		return nil
	}
	return p.setGOFLAGS(append(withoutFlag(words, "overlay"), "-overlay="+path), source)
}

// chooseToolchain asks for the toolchain that a layer wants. The go command
// itself chooses one by go.mod, before it reads an overlay.
func (p *planner) chooseToolchain(source diag.Pos) {
	want := p.pair.Toolchain
	if want == "" {
		return
	}
	current, _ := p.env.Effective("GOTOOLCHAIN")
	least, mode, _ := strings.Cut(current, "+")
	switch least {
	case "":
		least, mode = p.real.Version(), "auto"
	case "auto", "path":
		least, mode = p.real.Version(), least
	}
	if mode == "" || version.Compare(want, least) <= 0 {
		return // a fixed one, which says itself if it is too old, or one that will do
	}
	p.env.Set("GOTOOLCHAIN", want+"+"+mode, source)
}
