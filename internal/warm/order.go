package warm

import (
	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/modinput"
)

// An order knows which modules matter most, as far as their requirements are
// known.
type order struct {
	depth  map[string]int // by path; the least number of requirements that lead from a main module to it
	fanOut map[string]int // by path; how many modules require it
}

func newOrder(in *modinput.Inputs) *order {
	o := &order{make(map[string]int), make(map[string]int)}
	for _, main := range in.Mains {
		o.addMain(main.File)
	}
	return o
}

// addMain adds the requirements of a main module. One that is marked as
// indirect leads to no module: another's does.
func (o *order) addMain(f *modfile.File) {
	for _, r := range f.Require {
		if !r.Indirect {
			o.depth[r.Mod.Path] = 1
			o.fanOut[r.Mod.Path]++
		}
	}
}

// add adds the requirements of the module with the path.
func (o *order) add(path string, f *modfile.File) {
	depth := o.depth[path]
	if depth == 0 {
		depth = 2 // nobody is known to require it, so it is not direct
	}
	for _, r := range f.Require {
		o.fanOut[r.Mod.Path]++
		if d := o.depth[r.Mod.Path]; d == 0 || d > depth+1 {
			o.depth[r.Mod.Path] = depth + 1
		}
	}
}

// priority returns depth × fan-out. What many modules require is compiled
// before all of them, and the deeper it lies, the longer is what waits for it.
// Of a module that nothing is known about, it is 0: that one comes last.
func (o *order) priority(path string) int { return o.depth[path] * o.fanOut[path] }
