package supply

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/leak"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/shim"
)

// guard refuses the command in a protected environment if it could tell a name
// that looks private to strangers. Elsewhere the user is told.
func (c *call) guard() error {
	found, err := c.leaks()
	switch protected := c.plan.Policy.IsProtected(); {
	case err != nil && protected:
		return err // a newer go command may read what this cannot
	case err != nil || len(found) == 0:
		return nil
	case protected:
		return found[0]
	}
	notice := found[0].Error()
	c.complete(func(plan *shim.Plan) { plan.Notice = notice })
	return nil
}

// leaks returns the names that look private and that strangers could be told:
// those that the modules here require, and those that are typed.
func (c *call) leaks() ([]*diag.Error, error) {
	if c.target == nil {
		return leak.Guard(c.cfg.Chain, leak.Typed(c.typedModules())), nil
	}
	return c.watched.Leaks(c.target, c.cfg.Chain, c.typedModules())
}

// Leaks returns an error for each name that looks private and that strangers
// could be told if modules were fetched: those that the watched modules of the
// target require, and those that are typed. In a protected environment it is a
// reason to fetch nothing; see [leak.OfTarget].
func (w Watched) Leaks(t *shim.Target, chain *modroute.Chain, typed []string) ([]*diag.Error, error) {
	found, err := leak.OfTarget(t, typed)
	if err != nil {
		return nil, err
	}
	var names []leak.Name
	own := modpair.Real(t.Use.Root)
	for _, file := range w.files {
		if filepath.Base(file) != "go.mod" || modpair.Real(filepath.Dir(file)) == own {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			continue // the go command says so
		}
		if mod, err := modfile.Parse(file, data, nil); err == nil {
			names = append(names, leak.Fetched(mod, file)...)
		}
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
	data, err := os.ReadFile(c.target.Use.Gomod().Path)
	if err != nil {
		return false
	}
	path := modfile.ModulePath(data)
	return path != "" && (arg == path || strings.HasPrefix(arg, path+"/"))
}
