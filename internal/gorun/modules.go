package gorun

import (
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/shim"
)

// modules are modfiles to be read as the go command does it. One that cannot be
// read or parsed is left to the go command, which says what is wrong with it.
type modules struct{ shim.Modules }

func (m *modules) read(path string) ([]byte, error) {
	if to, ok := m.Actual[filepath.Clean(path)]; ok {
		path = to
	}
	return textfile.Read(path, textfile.Max)
}

// files returns the paths of all files.
func (m *modules) files() []string {
	var all []string
	if m.Work != "" {
		all = append(all, m.Work)
	}
	all = append(all, m.gomods()...)
	if m.Use != nil {
		all = append(all, m.Use.Inputs()...)
	}
	return all
}

// gomods returns the paths of the modules' go.mod files.
func (m *modules) gomods() []string {
	if m.Work == "" {
		return []string{m.Gomod}
	}
	var all []string
	if work := m.readWork(); work != nil {
		for _, use := range work.Use {
			all = append(all, filepath.Join(modgraph.Abs(filepath.Dir(m.Work), use.Path), "go.mod"))
		}
	}
	return all
}

// readWork returns the go.work, or nil.
func (m *modules) readWork() *modfile.WorkFile {
	data, err := m.read(m.Work)
	if err != nil {
		return nil
	}
	work, err := modfile.ParseWork(m.Work, data, nil)
	if err != nil {
		return nil
	}
	return work
}

// readMod returns a go.mod without the layers over it, or nil.
func (m *modules) readMod(path string) *modfile.File {
	data, err := m.read(path)
	if err != nil {
		return nil
	}
	mod, err := modfile.Parse(path, data, nil)
	if err != nil {
		return nil
	}
	return mod
}
