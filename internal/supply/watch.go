package supply

import (
	"slices"

	"github.com/goshim/goshim/internal/stamp"
	"github.com/goshim/goshim/internal/warm"
	"github.com/goshim/goshim/shim"
)

// Watched is the state of the files that say which modules a target needs, and
// of the policy's, at a moment.
type Watched struct {
	files []string // of modules
	state string
	stamp *stamp.Stamp
}

// Watch takes the state, before what is needed is looked for.
func Watch(t *shim.Target) Watched {
	files, err := warm.Files(t)
	if err != nil {
		return Watched{} // who reads them next says so
	}
	all := slices.Clone(files)
	for _, f := range t.Policy.Files() {
		all = append(all, f.Path)
	}
	return Watched{files, stamp.State(all), t.Stamp}
}

// Complete notes that for that state nothing is missing, so that go commands
// need not look again until it changes.
func (w Watched) Complete() { w.stamp.Write(w.state) }
