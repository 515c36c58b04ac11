// Package vendorgit checks that vendor/ and what it belongs to lie in git as they
// lie in the work tree: so that whoever clones the repository, and any CI, builds
// the same in one step. These are vendor/, vendor.sum, the go.mod files and their
// sums. They have to be there, tracked, not ignored and unmodified, in the work
// tree and in the last commit in step with each other.
package vendorgit

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gitclean"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendortree"
	"github.com/goshim/goshim/internal/worktree"
)

// Name is the name of the check.
const Name = "vendor-git"

// Check checks the vendor directory of a place. It runs git as package worktree
// does, with a caller's environment, asks no network and changes nothing. An error
// says that the check could not be made.
func Check(ctx context.Context, place *vendortree.Place, env []string) (*finding.Report, error) {
	c, err := open(ctx, place, env)
	if err != nil {
		return nil, err
	}
	c.present()
	if err := steps(c.index, c.changed, c.ignored, c.converted, c.committed); err != nil {
		return nil, err
	}
	c.submodules()
	if len(c.list.Blocks) > 0 {
		c.report.Findings = append(c.report.Findings, place.Stale(c.list)...)
	}
	if len(place.Sums) > 0 {
		c.unsummed()
	}
	c.report.Counts = []finding.Count{{What: "tracked file", N: len(c.entries)}, {What: "module", N: len(c.list.Blocks)}}
	return c.report, nil
}

// CheckStored is what [Check] finds beyond the checks "vendor" and "git-clean", for
// callers that make both: what a commit lacks because git ignores it, or because it
// is a repository of its own, and a last commit that is not in step with itself.
func CheckStored(ctx context.Context, place *vendortree.Place, env []string) (*finding.Report, error) {
	c, err := open(ctx, place, env)
	if err != nil {
		return nil, err
	}
	c.wanted()
	if err := steps(c.index, c.ignored, c.committed); err != nil {
		return nil, err
	}
	c.submodules()
	return c.report, nil
}

// steps takes steps up to the first that fails.
func steps(all ...func() error) error {
	for _, step := range all {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func open(ctx context.Context, place *vendortree.Place, env []string) (*checker, error) {
	t, err := worktree.Open(ctx, place.Root, env)
	if err != nil {
		return nil, err
	}
	list, err := place.ReadList()
	if err != nil {
		return nil, err
	}
	return &checker{place: place, list: list, tree: t, report: &finding.Report{Check: Name, Root: place.Root}}, nil
}

type checker struct {
	place  *vendortree.Place
	list   *vendorlist.List
	tree   *worktree.Tree
	report *finding.Report

	paths   []string         // what is looked at, as git names it
	entries []worktree.Entry // of the index, at the paths

	untracked []string // files at the paths that the index does not have
}

// add adds a finding about a file that git names so.
func (c *checker) add(f finding.Finding) {
	f.File = c.name(f.File)
	c.report.Add(f)
}

// name returns the name of a file that git names so, from the report's root.
func (c *checker) name(gitPath string) string {
	if gitPath == "" || filepath.IsAbs(gitPath) {
		return gitPath
	}
	rel, err := filepath.Rel(c.place.Root, c.tree.Path(gitPath))
	if err != nil {
		return c.tree.Path(gitPath)
	}
	if root, err := filepath.EvalSymlinks(c.place.Root); err == nil && !filepath.IsLocal(rel) {
		rel, _ = filepath.Rel(root, c.tree.Path(gitPath))
	}
	if !filepath.IsLocal(rel) {
		return c.tree.Path(gitPath)
	}
	return filepath.ToSlash(rel)
}

// vendorPath returns the path of vendor/ as git names it.
func (c *checker) vendorPath() string {
	name, _ := c.tree.Rel(c.place.Vendor)
	return name
}

// wanted collects the paths of what is to be looked at: vendor/ and what belongs to
// it, in the directory that vendor/ lies in, and the modfiles.
func (c *checker) wanted() {
	beside := []string{c.place.Vendor, c.place.SumPath(), c.sums()}
	for _, file := range slices.Concat(beside, c.place.Paths) {
		if name, ok := c.tree.Rel(file); ok && !slices.Contains(c.paths, name) {
			c.paths = append(c.paths, name)
		}
	}
}

// sums returns the path of go.sum, or of go.work.sum.
func (c *checker) sums() string {
	name := "go.sum"
	if c.place.Work != nil {
		name = "go.work.sum"
	}
	return filepath.Join(c.place.Root, name)
}

// present collects the paths of what is to be looked at, and finds what is not there
// at all.
func (c *checker) present() {
	c.wanted()
	requires, fromModules := false, false
	for _, main := range c.place.Mains {
		requires = requires || len(main.File.Require) > 0
	}
	for _, b := range c.list.Blocks {
		fromModules = fromModules || len(b.Packages) > 0 && !b.IsDir()
	}
	absent := func(rule, path, msg, hint string, isWanted bool) {
		if _, err := os.Lstat(path); err != nil && isWanted {
			c.report.Add(finding.Finding{Rule: rule, Severity: finding.High, File: shortName(c.place.Root, path), Message: msg, Hint: hint})
		}
	}
	absent("vendor-absent", c.place.Vendor, "there is no vendor directory", "goshim vendor sync makes it", requires)
	absent("vendor-list-absent", filepath.Join(c.place.Vendor, "modules.txt"), "is missing, and says which modules vendor/ holds", "goshim vendor sync", requires)
	absent("vendor-sum-absent", c.place.SumPath(), "is missing, and says which files vendor/ holds", "goshim vendor sync writes it", requires)
	absent("gosum-absent", c.sums(), "is missing, and has the hashes of the modules that vendor/ is made of", "go mod tidy writes it", fromModules && len(c.place.Sums) == 0)
}

// shortName returns the name of a file from the directory root, or its path if it
// is not below.
func shortName(root, file string) string {
	rel, err := filepath.Rel(root, file)
	if err != nil || !filepath.IsLocal(rel) {
		return file
	}
	return filepath.ToSlash(rel)
}

// index reads which files git knows, and which it does not.
func (c *checker) index() (err error) {
	if c.entries, err = c.tree.Index(c.paths...); err != nil {
		return err
	}
	c.untracked, err = c.tree.Untracked(c.paths...)
	return err
}

// changed finds what is changed, not tracked, or hidden from git.
func (c *checker) changed() error {
	changes, err := c.tree.Changes(c.paths...)
	if err != nil {
		return err
	}
	for _, f := range gitclean.Changed(changes) {
		if f.Rule == "git-converted" {
			f.Hint = vendortree.ConversionHint(c.place.Root, c.name(f.File))
		}
		c.add(f)
	}
	for _, e := range c.entries {
		// A sparse checkout must have all of vendor/, too.
		if f, ok := gitclean.Hidden(e, c.tree, false); ok {
			c.add(f)
		}
	}
	return nil
}

// ignored finds what git is told to ignore. What is not tracked for that reason is
// in no clone. What is tracked all the same is, but a new file will not be.
func (c *checker) ignored() error {
	var tracked []string
	for _, e := range c.entries {
		tracked = append(tracked, e.Path)
	}
	rules, err := c.tree.Ignored(slices.Concat(c.untracked, tracked, c.paths))
	if err != nil {
		return err
	}
	whole := make(map[worktree.Rule]bool) // those that leave out all of vendor/
	for _, file := range c.paths {
		if rule, ok := rules[file]; ok && !c.isStored(file) {
			whole[rule] = true
			c.add(c.ignoredFinding(file, rule))
		}
	}
	for _, file := range c.untracked {
		if rule, ok := rules[file]; ok && !whole[rule] {
			c.add(c.ignoredFinding(file, rule))
		}
	}
	counts := make(map[worktree.Rule]int)
	for _, file := range tracked {
		rule, ok := rules[file]
		if !ok || whole[rule] {
			continue
		}
		if counts[rule]++; counts[rule] > 1 {
			continue
		}
		c.report.Add(finding.Finding{
			Rule: "git-ignored-tracked", Severity: finding.Low, File: c.name(rule.File), Line: rule.Line,
			Message: "git ignores " + quote(rule.Pattern) + ": " + c.name(file) + " is tracked all the same, a new file like it would not be",
		})
	}
	return nil
}

// isStored reports whether git has a file, or a directory with all that is in it.
func (c *checker) isStored(file string) bool {
	isIn := func(name string) bool { return name == file || strings.HasPrefix(name, file+"/") }
	return slices.ContainsFunc(c.entries, func(e worktree.Entry) bool { return isIn(e.Path) }) && !slices.ContainsFunc(c.untracked, isIn)
}

func (c *checker) ignoredFinding(file string, rule worktree.Rule) finding.Finding {
	at := filepath.ToSlash(diag.Short(c.place.Root, filepath.FromSlash(c.name(rule.File))))
	return finding.Finding{
		Rule: "git-ignored", Severity: finding.High, File: file,
		Message: "git ignores it, by " + quote(rule.Pattern) + " in " + position(at, rule.Line),
		Hint:    "git add -f " + c.forced(file) + ", after each sync too; or remove the rule if it is yours",
	}
}

// forced returns what to add against the rules that ignore a file. A module may ship
// rules of its own, in a .gitignore that no pattern above it can undo.
func (c *checker) forced(file string) string {
	if vendor := c.vendorPath(); file == vendor || strings.HasPrefix(file, vendor+"/") {
		return c.name(vendor)
	}
	return c.name(file)
}

// submodules finds repositories in vendor/, of which a commit has no files.
func (c *checker) submodules() {
	for _, e := range c.entries {
		switch {
		case e.IsSubmodule():
			c.add(submodule(e.Path))
		case e.IsLink() && e.Path == c.vendorPath():
			c.add(finding.Finding{Rule: "git-link", Severity: finding.High, File: e.Path, Message: "is a symbolic link; git has the link, and not what it leads to"})
		}
	}
	for _, file := range c.untracked {
		if strings.HasSuffix(file, "/") {
			c.add(submodule(strings.TrimSuffix(file, "/")))
		}
	}
}

func submodule(file string) finding.Finding {
	return finding.Finding{
		Rule: "git-submodule", Severity: finding.High, File: file,
		Message: "is a repository of its own, so that commits do not have its files",
		Hint:    "git rm --cached it if it is a submodule, and remove its .git; then git add the files",
	}
}

// unsummed finds vendored modules that go.sum does not have.
func (c *checker) unsummed() {
	for _, f := range c.place.Unsummed(c.list) {
		f.Severity = finding.High
		c.report.Add(f)
	}
}
