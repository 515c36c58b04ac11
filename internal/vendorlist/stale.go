package vendorlist

import (
	"go/version"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modgraph"
)

// A Difference is what modules.txt and the go.mod files in force say differently.
type Difference struct {
	Line   int            // of modules.txt, or 0
	Module module.Version // "" if it is about none
	Msg    string
}

// Stale returns what the list and the files say differently, so that the go command
// would refuse to build (cmd/go/internal/modload.checkVendorConsistency).
func (l *List) Stale(roots *modgraph.Roots) []Difference {
	s := &staleness{Roots: roots, list: l, blocks: make(map[module.Version]*Block), selected: make(map[string]string)}
	for _, b := range slices.Concat(l.Blocks, l.Unused) {
		if s.blocks[b.Version] == nil {
			s.blocks[b.Version] = b
		}
		if len(b.Packages) > 0 {
			s.selected[b.Path] = b.Version.Version
		}
	}
	if l.IsWork != (s.Work != nil) {
		s.add(1, module.Version{}, map[bool]string{
			true:  "vendor/ was filled by go work vendor, and no workspace is in force",
			false: "vendor/ was filled by go mod vendor, and a workspace is in force",
		}[l.IsWork])
		return s.found
	}
	if s.Work == nil {
		s.isOld = version.Compare("go"+s.GoVersion(), "go1.14") < 0
	}
	s.requirements()
	s.replacements()
	for _, b := range l.Blocks {
		if b.Explicit && len(b.Packages) > 0 && !roots.Requires(b.Version) && !s.isSaid(b) {
			s.add(b.Line, b.Version, b.Version.String()+" is marked as explicit, but no go.mod requires it")
		}
	}
	return s.found
}

type staleness struct {
	*modgraph.Roots
	list     *List
	found    []Difference
	isOld    bool // modules.txt tells less, as before Go 1.14
	blocks   map[module.Version]*Block
	selected map[string]string // versions of modules with packages, by path
}

func (s *staleness) add(line int, m module.Version, msg string) {
	s.found = append(s.found, Difference{line, m, msg})
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
			b, name := s.blocks[r.Mod], r.Mod.String()
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
				s.add(b.Line, r.Old, r.Old.String()+" is replaced by "+want.String()+", but marked as replaced by "+b.Replace.String())
			}
		case want.Path == "", s.isOld && (r.Old.Version == "" || s.selected[r.Old.Path] != r.Old.Version):
		default:
			s.add(s.line(r.Old), r.Old, r.Old.String()+" is replaced by "+want.String()+", but not marked as replaced")
		}
	}
	for _, b := range slices.Concat(s.list.Blocks, s.list.Unused) {
		if b.Replace.Path != "" && s.replaced(b.Version).Path == "" {
			s.add(b.Line, b.Version, b.Version.String()+" is marked as replaced, but not replaced")
		}
	}
}

// replaced returns what stands in a module's place, as modules.txt has it:
// directories from the directory of go.work. The Path is "" if nothing does.
func (s *staleness) replaced(m module.Version) module.Version {
	to, dir := s.Replaced(m)
	switch {
	case m.Version == "" && s.IsMain(m.Path), to == m:
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

// toDirectoryPath returns a relative path as replace lines have it
// (cmd/go/internal/modload.ToDirectoryPath).
func toDirectoryPath(path string) string {
	if modfile.IsDirectoryPath(path) {
		return path
	}
	return "./" + filepath.ToSlash(filepath.Clean(path))
}
