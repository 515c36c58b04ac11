package vendortree

import (
	"go/version"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/modgraph"
)

// stale finds what modules.txt and the go.mod files in force say differently, so
// that the go command would refuse to build
// (cmd/go/internal/modload.checkVendorConsistency).
func (c *check) stale() {
	s := &staleness{check: c, blocks: make(map[module.Version]*Block), selected: make(map[string]string)}
	for _, b := range slices.Concat(c.tree.List.Blocks, c.tree.List.Unused) {
		if s.blocks[b.Version] == nil {
			s.blocks[b.Version] = b
		}
		if len(b.Packages) > 0 {
			s.selected[b.Path] = b.Version.Version
		}
	}
	if c.Work == nil {
		s.isOld = version.Compare("go"+c.GoVersion(), "go1.14") < 0
	}
	if c.tree.List.IsWork != (c.Work != nil) {
		s.add(1, module.Version{}, map[bool]string{
			true:  "vendor/ was filled by go work vendor, and no workspace is in force",
			false: "vendor/ was filled by go mod vendor, and a workspace is in force",
		}[c.tree.List.IsWork])
		return
	}
	s.requirements()
	s.replacements()
	for _, b := range c.tree.List.Blocks {
		if b.Explicit && len(b.Packages) > 0 && !s.isRequired(b.Version) && !s.isSaid(b) {
			s.add(b.Line, b.Version, versionText(b.Version)+" is marked as explicit, but no go.mod requires it")
		}
	}
}

type staleness struct {
	*check
	isOld    bool // modules.txt tells less, as before Go 1.14
	blocks   map[module.Version]*Block
	selected map[string]string // versions of modules with packages, by path
}

func (s *staleness) add(line int, m module.Version, msg string) {
	s.report.Add(finding.Finding{
		Rule: "vendor-stale", Severity: finding.Medium, Module: versionText(m), File: "vendor/" + listName, Line: line,
		Message: msg, Hint: s.refill(),
	})
}

// line returns the line of a module's block, or of another version's, or 0.
func (s *staleness) line(m module.Version) int {
	if b := s.blocks[m]; b != nil {
		return b.Line
	}
	if b := s.blocks[module.Version{Path: m.Path, Version: s.selected[m.Path]}]; b != nil {
		return b.Line
	}
	return 0
}

func (s *staleness) requirements() {
	for _, main := range s.Mains {
		for _, r := range main.File.Require {
			b, name := s.blocks[r.Mod], versionText(r.Mod)
			switch v := s.selected[r.Mod.Path]; {
			case b != nil && b.Explicit:
			case s.isOld && (v == "" || v == r.Mod.Version):
			case v != "" && v != r.Mod.Version && s.Work == nil:
				s.add(s.line(r.Mod), r.Mod, name+" is required by go.mod, but "+v+" is vendored")
			case b != nil:
				s.add(b.Line, r.Mod, name+" is required by go.mod, but not marked as explicit")
			default:
				s.add(0, r.Mod, name+" is required by go.mod, but not listed")
			}
		}
	}
}

// isSaid reports whether requirements has told that another version is required.
func (s *staleness) isSaid(b *Block) bool {
	return s.Work == nil && slices.ContainsFunc(s.Mains[0].File.Require, func(r *modfile.Require) bool { return r.Mod.Path == b.Path })
}

// isRequired reports whether a go.mod requires the module version.
func (p *Place) isRequired(m module.Version) bool {
	return slices.ContainsFunc(p.Mains, func(main modgraph.Main) bool {
		return slices.ContainsFunc(main.File.Require, func(r *modfile.Require) bool { return r.Mod == m })
	})
}

// replacements compares the replace lines in force with those of modules.txt.
func (s *staleness) replacements() {
	seen := make(map[module.Version]bool)
	lines := []*modfile.Replace{}
	if s.Work != nil {
		lines = append(lines, s.Work.Replace...)
	}
	for _, main := range s.Mains {
		lines = append(lines, main.File.Replace...)
	}
	for _, r := range lines {
		if seen[r.Old] {
			continue
		}
		seen[r.Old] = true
		b, want := s.blocks[r.Old], s.replaced(r.Old)
		switch {
		case b != nil && b.Replace.Path != "":
			if b.Replace != want && want.Path != "" {
				s.add(b.Line, r.Old, versionText(r.Old)+" is replaced by "+versionText(want)+", but marked as replaced by "+versionText(b.Replace))
			}
		case want.Path == "", s.isOld && (r.Old.Version == "" || s.selected[r.Old.Path] != r.Old.Version):
		default:
			s.add(s.line(r.Old), r.Old, versionText(r.Old)+" is replaced by "+versionText(want)+", but not marked as replaced")
		}
	}
	for _, b := range slices.Concat(s.tree.List.Blocks, s.tree.List.Unused) {
		if b.Replace.Path != "" && s.replaced(b.Version).Path == "" {
			s.add(b.Line, b.Version, versionText(b.Version)+" is marked as replaced, but not replaced")
		}
	}
}

// replaced returns what stands in a module's place, as modules.txt has it:
// directories from the directory of go.work. The Path is "" if nothing does.
func (s *staleness) replaced(m module.Version) module.Version {
	to, dir := s.Replaced(m)
	switch {
	case m.Version == "" && s.isMain(m.Path), to == m:
		return module.Version{}
	case dir == "" || s.Work == nil || filepath.IsAbs(to.Path) || s.isInWork(m, to):
		return to
	}
	rel, err := filepath.Rel(s.WorkDir, dir)
	if err != nil {
		return module.Version{Path: dir}
	}
	return module.Version{Path: toDirectoryPath(rel)}
}

// isInWork reports whether it is go.work that replaces a module.
func (s *staleness) isInWork(m, to module.Version) bool {
	return slices.ContainsFunc(s.Work.Replace, func(r *modfile.Replace) bool {
		return r.Old.Path == m.Path && (r.Old.Version == "" || r.Old.Version == m.Version) && r.New == to
	})
}

func (s *staleness) isMain(path string) bool {
	return slices.ContainsFunc(s.Mains, func(main modgraph.Main) bool {
		return main.File.Module != nil && main.File.Module.Mod.Path == path
	})
}

// toDirectoryPath returns a relative path as replace lines have it
// (cmd/go/internal/modload.ToDirectoryPath).
func toDirectoryPath(path string) string {
	if modfile.IsDirectoryPath(path) {
		return path
	}
	return "./" + filepath.ToSlash(filepath.Clean(path))
}
