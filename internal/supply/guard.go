package supply

import (
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/shim"
)

// guard refuses the command in a protected environment if it could tell a private
// name to strangers. Elsewhere the user is told: of one that only looks private,
// at a terminal.
func (c *call) guard() error {
	found, err := c.leaks()
	switch protected := c.plan.Policy.IsProtected(); {
	case err != nil && protected:
		return err // a newer go command may read what this cannot
	case err != nil || len(found) == 0:
		return nil
	case protected:
		return found[0].Fault
	}
	worst := found[0]
	if i := slices.IndexFunc(found, func(l leak.Leak) bool { return l.Sure }); i > 0 {
		worst = found[i]
	}
	notice := worst.Fault.Error()
	c.complete(func(plan *shim.Plan) {
		if worst.Sure {
			plan.Warning = notice
		} else {
			plan.Notice = notice
		}
	})
	return nil
}

// leaks returns the names that are or look private and that strangers could be
// told: those that the modules here require or, if the command looks for modules
// that have a package, import, and those that are typed.
func (c *call) leaks() ([]leak.Leak, error) {
	if c.target == nil {
		return leak.Guard(c.cfg.Chain, leak.Typed(c.typedModules())), nil
	}
	return c.watched.Leaks(c.target, c.cfg.Chain, c.typedModules(), c.resolvesImports())
}

// Leaks returns a leak for each private name that strangers could be told if
// modules were fetched: those that the watched modules of the target require,
// those that are typed and, if imports says so, packages that are imported and
// that no known module can have. In a protected environment it is a reason to
// fetch nothing; see [leak.OfTarget].
func (w Watched) Leaks(t *shim.Target, chain *modroute.Chain, typed []string, imports bool) ([]leak.Leak, error) {
	found, err := leak.OfTarget(t, typed)
	if err != nil || t.Policy.DeniesNetwork() {
		return nil, err
	}
	in, err := modinput.Read(t)
	if err != nil {
		return found, nil // the go command says so
	}
	var names []leak.Name
	for _, main := range in.Mains[1:] {
		names = append(names, leak.Fetched(main.File, filepath.Join(main.Dir, "go.mod"))...)
	}
	if imports {
		imported, err := unknownImports(in.Mains, t.Use.Root)
		if err != nil {
			return nil, err
		}
		names = append(names, imported...)
	}
	return append(found, leak.Guard(chain, names)...), nil
}

// typedModules returns the arguments that name modules which may be asked for.
func (c *call) typedModules() []string {
	cmd := c.plan.Command
	switch {
	case cmd.AtVersion():
		return cmd.Queries()
	case cmd.Words == "get", cmd.Words == "mod download", cmd.Words == "list" && cmd.Bool("m"), c.plan.Supply.Updates:
		return slices.DeleteFunc(slices.Clone(cmd.Args), c.isOwn)
	}
	return nil
}

// isOwn reports whether an argument names a package of the module itself, which
// nobody is asked for.
func (c *call) isOwn(arg string) bool {
	if c.target == nil {
		return false
	}
	data, err := textfile.Read(c.target.Use.Gomod().Path, textfile.Max)
	if err != nil {
		return false
	}
	path := modfile.ModulePath(data)
	return path != "" && (arg == path || strings.HasPrefix(arg, path+"/"))
}

// resolvesImports reports whether the command looks for modules that have the
// packages which the modules here import.
func (c *call) resolvesImports() bool {
	cmd := c.plan.Command
	switch {
	case c.target == nil:
		return false
	case cmd.Words == "mod tidy", cmd.Words == "mod vendor":
		return true
	case cmd.Words != "get" && (!c.plan.Supply.Updates || cmd.Bool("m")):
		return false
	}
	return len(cmd.Args) == 0 || slices.ContainsFunc(cmd.Args, func(arg string) bool {
		return arg == "all" || strings.HasPrefix(arg, ".") || filepath.IsAbs(arg) || strings.HasSuffix(arg, ".go") || c.isOwn(arg)
	})
}
