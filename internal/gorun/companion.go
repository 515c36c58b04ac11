// Package gorun runs the go commands that the shim hands over to the companion:
// those that need modfiles to be merged, and those that change them.
package gorun

import (
	"encoding/json"

	"github.com/goshim/goshim/internal/goversion"
	"github.com/goshim/goshim/internal/modgraph"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/shim"
)

// Companion is what [shim.Resolve] needs to plan every command.
type Companion struct {
	Self  string // path of the program goshim
	Cache string // goshim's cache directory, or ""
}

// ReadOverlay reads an overlay as the go command does (cmd/go/internal/fsys).
func (Companion) ReadOverlay(path string) (map[string]string, error) {
	data, err := textfile.Read(path, textfile.Max)
	if err != nil {
		return nil, err
	}
	var overlay struct{ Replace map[string]string }
	err = json.Unmarshal(data, &overlay)
	return overlay.Replace, err
}

// InWorkspace reports whether the go.work file has the module at root. One that
// cannot be parsed has none: the go command says so.
func (Companion) InWorkspace(file, root string) bool {
	data, err := textfile.Read(file, textfile.Max)
	return err == nil && modgraph.InWorkspace(file, data, root)
}

// Merge merges the modfiles of u.
func (Companion) Merge(u *modpair.Use) (shim.Merged, error) { return modlayer.NewBuild(u) }

// GoVersion asks the go command at path for its version.
func (Companion) GoVersion(path, dir string, env []string) (string, error) {
	answer, err := goversion.Ask(path, dir, env)
	return answer.Version, err
}
