package modinput

import (
	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/modgraph"
)

// OfSession returns what a session's copy of the modfiles is built from, as
// its commands have left it. Workspaces are off, as they are for these.
func OfSession(s *gorun.Session) (*Inputs, error) {
	mod, sum, err := s.Copy()
	if err != nil {
		return nil, err
	}
	file, err := modfile.Parse(s.Stack.Top().Name, mod, nil)
	if err != nil {
		return nil, err
	}
	in := &Inputs{
		Roots: modgraph.Roots{Mains: []modgraph.Main{{Dir: s.Target.Use.Root, File: file}}},
		Sums:  make(Sums),
		Stack: s.Stack,
	}
	in.Sums.add(sum)
	return in, nil
}
