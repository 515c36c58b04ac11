package gorun

import (
	"fmt"
	"path/filepath"

	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/stamp"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/shim"
)

// StaleVendor compares the modules.txt in the vendor directory dir with go.mod, or
// with go.work and the go.mod files of its modules. Layers do not count: vendor/ is
// hidden from builds where they change what is required or replaced.
func (Companion) StaleVendor(m shim.Modules, dir string) (what, state string) {
	files := modules{m}
	state = stamp.State(append(files.files(), filepath.Join(dir, vendorlist.Name))) // before they are read
	roots := files.roots()
	text, err := vendorlist.ReadText(dir)
	if roots == nil || err != nil {
		return "", ""
	}
	found := vendorlist.Parse(text).Stale(roots)
	if len(found) == 0 {
		return "", state
	}
	what = found[0].Msg
	if n := len(found) - 1; n > 0 {
		what += fmt.Sprintf(", and %d more", n)
	}
	return what, state
}

// roots returns the main modules, or nil if one of the files cannot be parsed.
func (m *modules) roots() *modgraph.Roots {
	roots := new(modgraph.Roots)
	if m.Work != "" {
		if roots.Work, roots.WorkDir = m.readWork(), filepath.Dir(m.Work); roots.Work == nil {
			return nil
		}
	}
	for _, path := range m.gomods() {
		mod := m.readMod(path)
		if mod == nil {
			return nil
		}
		roots.Mains = append(roots.Mains, modgraph.Main{Dir: filepath.Dir(path), File: mod})
	}
	if len(roots.Mains) == 0 {
		return nil
	}
	return roots
}
