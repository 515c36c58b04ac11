package sumlint

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gosum"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modstore"
)

// A need is what one module graph takes of go.sum.
type need struct {
	mods    map[module.Version]bool // whose go.mod is read
	zips    map[module.Version]bool // that may be built
	lacking []module.Version        // whose go.mod is not here, so that what lies behind is not known
}

// needOf walks the graph of some roots by the .mod files of the cache.
func needOf(roots *modgraph.Roots, cache modstore.Dir) need {
	n := need{mods: make(map[module.Version]bool), zips: make(map[module.Version]bool)}
	g := roots.Load(func(m module.Version) ([]byte, error) {
		n.mods[m] = true
		return os.ReadFile(cache.File(m, modstore.Mod))
	})
	for _, m := range roots.Built(g.Selected) {
		n.zips[m] = true
	}
	n.lacking = g.Lacking
	return n
}

// builds compares the lines with what builds need.
func (c *check) builds(cache modstore.Dir) {
	now := needOf(&c.in.Roots, cache)
	c.report.Counts = append(c.report.Counts, finding.Count{What: "module", N: len(now.zips)})
	if len(c.in.Sums) == 0 && len(now.zips) > 0 {
		c.report.Add(finding.Finding{
			Rule: RuleMissing, Severity: finding.Medium, File: c.report.Name(c.in.SumFiles[0].Path),
			Message: "there are no sums, and builds need those of " + diag.Count(len(now.zips), "module"), Hint: "go mod tidy",
		})
		return
	}
	c.missing(now)
	if len(now.lacking) > 0 {
		hint := "goshim warm --all"
		if f, ok := replacedDir(now.lacking[0]); ok {
			c.report.Add(f)
			return
		}
		if len(c.in.Sums.GoMod(now.lacking[0])) == 0 {
			hint = "go mod tidy" // goshim warm fetches what go.sum has a sum of
		}
		c.report.Add(finding.Finding{
			Rule: RuleUnknown, Severity: finding.Low, Module: now.lacking[0].String(),
			Message: fmt.Sprintf("its go.mod is not in the module cache%s, so what is required behind it and which lines are unused is not known", more(len(now.lacking)-1)),
			Hint:    hint,
		})
		return
	}
	c.unused(now, cache)
}

func more(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return ", nor is that of 1 more module"
	}
	return fmt.Sprintf(", nor are those of %d more modules", n)
}

// missing finds lines that the go command would say are missing: of each go.mod
// that it reads, and of the zip of each module that go.mod requires directly, as
// it has a package that is imported. An indirect one that go.mod lists has one
// too, if go mod tidy has listed it; that is only worth a note.
func (c *check) missing(now need) {
	for m := range now.mods {
		if len(c.in.Sums.GoMod(m)) > 0 {
			continue
		}
		f := finding.Finding{Rule: RuleMissing, Severity: finding.Medium, Module: m.String(), File: c.report.Name(c.in.SumFiles[0].Path), Hint: "go mod tidy"}
		f.Message = "no line " + m.Path + " " + m.Version + "/go.mod: missing go.sum entry for go.mod file"
		if at := c.lineOf(m); len(c.in.Sums.Zip(m)) > 0 && at.file != "" {
			f.Rule, f.File, f.Line = RulePair, at.file, at.line
			f.Message = m.Path + " " + m.Version + " has a line for its zip and none for its go.mod, which builds read: missing go.sum entry for go.mod file"
		}
		c.report.Add(f)
	}
	for _, main := range c.in.Mains {
		for _, r := range main.File.Require {
			m, dir := c.in.Replaced(r.Mod)
			if dir != "" || !now.zips[m] || len(c.in.Sums.Zip(m)) > 0 || c.isMain(r.Mod.Path) {
				continue
			}
			f := finding.Finding{
				Rule: RuleMissing, Severity: finding.Medium, Module: m.String(), File: c.report.Name(c.in.SumFiles[0].Path),
				Message: "no line " + m.Path + " " + m.Version + ": missing go.sum entry for module providing a package", Hint: "go mod tidy",
			}
			if r.Indirect {
				f.Severity, f.Message = finding.Low, "no line "+m.Path+" "+m.Version+": a build that imports a package of it stops"
			}
			c.report.Add(f)
		}
	}
}

func (c *check) isMain(path string) bool {
	return slices.ContainsFunc(c.in.Mains, func(main modgraph.Main) bool {
		return main.File.Module != nil && main.File.Module.Mod.Path == path
	})
}

// lineOf returns where the line of a module stands.
func (c *check) lineOf(m module.Version) place {
	for _, f := range c.in.SumFiles {
		for line := range gosum.All(f.Data) {
			if line.IsWell() && line.Module() == m {
				return place{c.report.Name(f.Path), line.N, line.Hash()}
			}
		}
	}
	return place{}
}

// replacedDir returns the finding about a directory that a replace line names
// and that has no go.mod: it has no version, and nothing can fetch it.
func replacedDir(m module.Version) (f finding.Finding, ok bool) {
	return finding.Finding{
		Rule: RuleUnknown, Severity: finding.Low, File: m.Path,
		Message: "a replace line names this directory, which has no go.mod, so which lines are needed is not known", Hint: "correct the replace line",
	}, m.Version == ""
}

// unused finds lines that go mod tidy would remove. What one file is for need
// not be in force: the lines of go.sum are for go.mod without the layers over it,
// those of a workspace's module for it alone.
func (c *check) unused(now need, cache modstore.Dir) {
	for _, roots := range c.alone() {
		n := needOf(&roots, cache)
		if len(n.lacking) > 0 {
			if f, ok := replacedDir(n.lacking[0]); ok {
				c.report.Add(f)
				return
			}
			c.report.Add(finding.Finding{
				Rule: RuleUnknown, Severity: finding.Low, Module: n.lacking[0].String(),
				Message: "its go.mod is not in the module cache, so which lines are unused is not known", Hint: "goshim warm --all",
			})
			return
		}
		maps.Copy(now.mods, n.mods)
		maps.Copy(now.zips, n.zips)
	}
	for _, f := range c.in.SumFiles {
		for line := range gosum.All(f.Data) {
			if !line.IsWell() || line.Hash() == emptyGoMod || !strings.HasPrefix(line.Hash(), "h1:") {
				continue
			}
			m := line.Module()
			path, isMod := strings.CutSuffix(m.Version, "/go.mod")
			m.Version = path
			if now.zips[m] || isMod && now.mods[m] {
				continue
			}
			c.report.Add(finding.Finding{
				Rule: RuleUnused, Severity: finding.Low, Module: m.String(), File: c.report.Name(f.Path), Line: line.N,
				Message: "unused: no build needs " + line.Fields[0] + " " + line.Fields[1], Hint: "go mod tidy removes it",
			})
		}
	}
}

// alone returns the roots of what the files with sums are for, if that is not
// what is in force: each file of the stack with those below it, and each module
// of a workspace.
func (c *check) alone() []modgraph.Roots {
	var all []modgraph.Roots
	dir := c.in.Mains[0].Dir
	for n := 1; n < len(c.in.Stack.Files); n++ {
		if merged, err := c.in.Stack.Upto(n).Merge(); err == nil {
			all = append(all, modgraph.Roots{Mains: []modgraph.Main{{Dir: dir, File: merged.File()}}})
		}
	}
	if c.in.Work != nil {
		for _, main := range c.in.Mains {
			all = append(all, modgraph.Roots{Mains: []modgraph.Main{main}})
		}
	}
	return all
}
