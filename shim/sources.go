package shim

import (
	"go/version"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/textfile"
)

// A source is a place that a command builds its dependencies from.
type source string

const (
	fromVendor source = "vendor"   // vendor/ of the module or the workspace
	fromCache  source = "modcache" // the module cache, and the directories that replace lines name
	fromGOPATH source = "GOPATH"   // GOPATH/src: neither go.mod nor go.sum is read
)

// source returns where the dependencies come from by the plan as it is now, so
// that it holds only when all flags have been added. There is always exactly one
// source (cmd/go/internal/modload.setDefaultBuildMod).
func (p *planner) source() source {
	if !p.modulesEnabled() {
		return fromGOPATH
	}
	if mod, ok := p.finalFlag("mod"); ok { // even -mod= leaves vendor/ aside
		if mod == "vendor" {
			return fromVendor
		}
		return fromCache
	}
	if p.vendorByDefault() {
		return fromVendor
	}
	return fromCache
}

// finalFlag returns the value of a flag that the command gets, from its command
// line or from GOFLAGS.
func (p *planner) finalFlag(name string) (value string, ok bool) {
	if value, ok := p.cmd.Flag(name); ok {
		return value, true
	}
	if !p.typed.Spec.Applies(name) {
		return "", false
	}
	words, _ := p.goflags()
	return gocmd.LastFlag(words, name)
}

// vendorByDefault reports whether the go command takes vendor/ without being told
// to: from go 1.14 on, if the directory is there and was made for what is built,
// a module or a workspace.
func (p *planner) vendorByDefault() bool {
	work := p.workspaceFile()
	root := p.moduleRoot()
	if work != "" {
		root = filepath.Dir(work)
	}
	dir := filepath.Join(root, "vendor")
	if p.pair != nil && p.pair.Modules && p.policy.Mod.Value != "vendor" && slices.Contains(p.pair.VendorDirs(), dir) {
		return false // the overlay hides it
	}
	if info, err := os.Stat(dir); root == "" || err != nil || !info.IsDir() {
		return false
	}
	if vendorsWorkspace(dir) != (work != "") {
		return false
	}
	if p.use != nil || p.callersModfile() != "" {
		return true // another file has the go line, and nobody writes such old ones
	}
	file := p.versionFile()
	data, err := textfile.Read(file, 16<<20)
	return err == nil && version.Compare("go"+lookup(data, "go"), "go1.14") >= 0
}

// vendorsWorkspace reports whether a vendor directory is that of a workspace, by
// the first line of its modules.txt (cmd/go/internal/modload.modulesTextIsForWorkspace).
func vendorsWorkspace(dir string) bool {
	head, err := textfile.Head(filepath.Join(dir, "modules.txt"), 512)
	if err != nil {
		return false
	}
	line, _, _ := strings.Cut(string(head), "\n")
	notes, ok := strings.CutPrefix(line, "## ")
	for note := range strings.SplitSeq(notes, ";") {
		if ok && strings.TrimSpace(note) == "workspace" {
			return true
		}
	}
	return false
}
