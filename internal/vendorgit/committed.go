package vendorgit

import (
	"fmt"
	"path"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendortree"
)

// committed compares go.mod and modules.txt as the last commit has them:
// they belong into one commit. What it does not have is said elsewhere. Where an
// environment has another modfile, or layers, it says nothing.
func (c *checker) committed() error {
	if files := c.place.Stack.Files; len(files) != 1 || filepath.Base(files[0].Path) != "go.mod" {
		return nil
	}
	listPath := path.Join(c.vendorPath(), "modules.txt")
	text, ok, err := c.tree.Committed(listPath)
	if err != nil || !ok {
		return err
	}
	in := &modinput.Inputs{Roots: modgraph.Roots{WorkDir: c.place.WorkDir}}
	gomod := ""
	for _, main := range c.place.Mains {
		name, ok := c.tree.Rel(filepath.Join(main.Dir, "go.mod"))
		if !ok {
			return nil
		}
		data, ok, err := c.tree.Committed(name)
		if err != nil || !ok {
			return err
		}
		file, err := modfile.Parse(name, data, nil)
		if err != nil {
			return nil // the go command says so
		}
		in.Mains = append(in.Mains, modgraph.Main{Dir: main.Dir, File: file})
		gomod = name
	}
	if c.place.Work != nil {
		name, ok := c.tree.Rel(filepath.Join(c.place.WorkDir, "go.work"))
		if !ok {
			return nil
		}
		data, ok, err := c.tree.Committed(name)
		if err != nil || !ok {
			return err
		}
		if in.Work, err = modfile.ParseWork(name, data, nil); err != nil {
			return nil
		}
		gomod = name
	}
	place := &vendortree.Place{Inputs: in, Root: c.place.Root, Vendor: c.place.Vendor}
	found := place.Stale(vendorlist.Parse(text))
	if len(found) == 0 {
		return nil
	}
	by, err := c.tree.LastCommit(gomod)
	if err != nil {
		return err
	}
	listBy, err := c.tree.LastCommit(listPath)
	if err != nil {
		return err
	}
	c.add(finding.Finding{
		Rule: "git-not-together", Severity: finding.High, File: listPath,
		Message: fmt.Sprintf("the last commit has it (of %s) and %s (of %s) out of step: %s", listBy, c.name(gomod), by, first(found)),
		Hint:    "commit both together with goshim vendor sync",
	})
	return nil
}

// first returns what the first of the findings says, and how many more there are.
func first(found []finding.Finding) string {
	if n := len(found) - 1; n > 0 {
		return fmt.Sprintf("%s, and %d more", found[0].Message, n)
	}
	return found[0].Message
}
