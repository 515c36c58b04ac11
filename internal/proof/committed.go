package proof

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/gomod"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/worktree"
)

// checkCommitted checks that the last commit has the files that the program is
// built from. One that git is told to ignore is part of the program like any other,
// although the work tree passes for clean. Files of vendor/ and of the module cache
// are compared with go.sum instead.
func (c *check) checkCommitted(ctx context.Context, env []string) {
	top := git.Find(modpair.Real(c.plan.root()))
	if top == "" {
		return
	}
	commits := &committed{ctx: ctx, env: env, top: modpair.Real(top), names: make(map[string]map[string]bool)}
	if names, err := commits.in(commits.top); err == nil && names == nil {
		return // no commit yet
	}
	vendor := filepath.Join(c.plan.root(), "vendor")
	for _, pkg := range c.plan.packages {
		if !pkg.isHere() || gomod.Within(vendor, pkg.Dir) {
			continue
		}
		var missing []string
		for _, file := range pkg.inputs() {
			has, err := commits.have(filepath.Join(pkg.Dir, filepath.FromSlash(file)))
			if err != nil {
				c.add("prove-uncommitted", finding.Low, "which of its files are committed was not looked at: "+err.Error(), "")
				return
			}
			if !has {
				missing = append(missing, file)
			}
		}
		if len(missing) == 0 {
			continue
		}
		which := missing[0]
		if n := len(missing) - 1; n > 0 {
			which += " and " + strconv.Itoa(n) + " more"
		}
		c.report.Add(finding.Finding{
			Rule: "prove-uncommitted", Severity: finding.Medium, File: c.shortPath(pkg.Dir),
			Message: "the program is built from files that the last commit lacks: " + which,
			Hint:    "git add -f, and commit them; or remove them",
		})
	}
}

// isHere reports whether the package is built from a directory that no hash of
// go.sum is about.
func (p *listed) isHere() bool {
	m := p.Module
	return m != nil && !p.Standard && (m.Main || m.Replace != nil && m.Replace.Version == "")
}

// inputs returns the files of the package that the program is made from.
func (p *listed) inputs() []string {
	return slices.Concat(p.all(), p.CFiles, p.CXXFiles, p.MFiles, p.FFiles, p.SwigFiles, p.SwigCXXFiles, p.SysoFiles, p.EmbedFiles)
}

// A committed knows what the last commits of a checkout and of its submodules have.
type committed struct {
	ctx   context.Context
	env   []string
	top   string                     // the checkout
	names map[string]map[string]bool // by root
}

// in returns the paths that the last commit of the checkout at root has.
func (c *committed) in(root string) (map[string]bool, error) {
	if names, ok := c.names[root]; ok {
		return names, nil
	}
	t, err := worktree.Open(c.ctx, root, c.env)
	if err != nil {
		return nil, err
	}
	names, err := t.Names()
	if err == nil {
		c.names[root] = names
	}
	return names, err
}

// have reports whether the last commit has a file, and what it leads to if it is a
// link. Of one in a checkout below, such as a submodule, the commit must have that
// checkout too. One outside is none of the commit's.
func (c *committed) have(file string) (bool, error) {
	link := filepath.Join(modpair.Real(filepath.Dir(file)), filepath.Base(file))
	for _, path := range slices.Compact([]string{link, modpair.Real(file)}) {
		for gomod.Within(c.top, path) && path != c.top {
			root := modpair.Real(git.Find(filepath.Dir(path)))
			names, err := c.in(root)
			if err != nil {
				return false, err
			}
			name, err := filepath.Rel(root, path)
			if err != nil || !names[filepath.ToSlash(name)] {
				return false, nil
			}
			path = root
		}
	}
	return true, nil
}
