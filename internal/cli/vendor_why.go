package cli

import (
	"strconv"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/pkgscan"
	"github.com/goshim/goshim/internal/vendorgraph"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendortree"
	"github.com/goshim/goshim/internal/vendorwhy"
	"github.com/goshim/goshim/shim"
)

func newVendorWhyCmd(a *App) *cobra.Command {
	var env string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "why PACKAGE|MODULE...",
		Short: "Say why a package is, or is not, in vendor/",
		Long: `Why says by which files a package comes into vendor/: those of a build for the
environment's platform and tags, of tests, of tools, or of other platforms. Of one
that is not there it says why: nothing imports it, only tests of other modules do,
or a file that no build has; it is a command; it belongs to the standard library.

It reads the Go files of the main modules and of vendor/ and asks nobody. For
tests of other modules, it looks into the module cache. The status is 1 if vendor/
is out of date.`,
		Example: "  goshim vendor why golang.org/x/sys/windows",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError(cmd, "name a package or a module")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.vendorWhy(env, args, asJSON) },
	}
	a.addEnvFlag(cmd, &env)
	addJSONFlag(cmd, &asJSON)
	return cmd
}

func (a *App) vendorWhy(env string, paths []string, asJSON bool) error {
	for _, path := range paths {
		if module.CheckImportPath(path) != nil {
			return &diag.Error{Msg: strconv.Quote(path) + " is no package path"}
		}
	}
	v, err := a.openVendor(env)
	if err != nil {
		return err
	}
	graph, err := vendorgraph.Load(v.place.Mains, v.place.Vendor, v.packages())
	if err != nil {
		return err
	}
	q := &vendorwhy.Question{
		Graph: graph, Roots: &v.place.Roots, Vendor: v.place.Vendor,
		Platform: vendorgraph.PlatformOf(v.target), GOROOT: v.target.Real.Root, ModCache: shim.ModuleCache(v.target.Vars),
	}
	for _, b := range v.list.Blocks {
		q.Listed = append(q.Listed, b.Version)
	}
	answers := make([]*vendorwhy.Answer, 0, len(paths))
	for _, path := range paths {
		answers = append(answers, q.Why(path))
	}
	if asJSON {
		if err := a.printJSON(answers); err != nil {
			return err
		}
	}
	isStale := false
	for _, answer := range answers {
		isStale = isStale || answer.IsStale()
		if !asJSON {
			a.printAnswer(answer, q.Platform)
		}
	}
	if isStale {
		return &foundError{}
	}
	return nil
}

// printAnswer prints why a package is in vendor/ or not, and the imports that
// lead to it.
func (a *App) printAnswer(answer *vendorwhy.Answer, p *pkgscan.Platform) {
	a.printf("%s\n", diag.Printable(answer.Text(p)))
	var rows [][]string
	for _, link := range answer.Chain {
		file := link.File
		if link.Needs != "" {
			file += " (" + link.Needs + ")"
		}
		rows = append(rows, []string{link.Package, file})
	}
	writeTable(a.Stdout, "  ", rows)
	if n := len(answer.Unread); n > 0 && !answer.Vendored {
		a.printf("\tnot looked at, as not in the module cache: the tests of %s\n", count(n, "module"))
	}
	for _, dir := range answer.CgoLacks {
		a.printf("\tnote: %s\n", diag.Printable(vendortree.CgoText(dir)))
	}
	if hint := answer.Hint(); hint != "" {
		a.printf("\thint: %s\n", diag.Printable(hint))
	}
}

// A vendored is what commands about vendor/ look at.
type vendored struct {
	target *shim.Target
	place  *vendortree.Place
	list   *vendorlist.List // of modules.txt, empty if there is none
}

// openVendor reads what says what is vendored in an environment.
func (a *App) openVendor(env string) (*vendored, error) {
	target, err := a.workspace(env)
	if err != nil {
		return nil, err
	}
	place, err := vendortree.At(target)
	if err != nil {
		return nil, err
	}
	list, err := place.ReadList()
	return &vendored{target, place, list}, err
}

// packages returns the packages of modules.txt with the module that each is of.
func (v *vendored) packages() map[string]module.Version {
	all := make(map[string]module.Version)
	for _, b := range v.list.Blocks {
		for _, pkg := range b.Packages {
			all[pkg] = b.Version
		}
	}
	return all
}
