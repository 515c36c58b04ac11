package warm

import (
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/shim"
)

// Files returns the paths of the files that say which modules a target is built
// from, whether they are there or not: if none of them changes, the same modules
// are needed.
func Files(target *shim.Target) ([]string, error) {
	in, err := modinput.Read(target)
	if err != nil {
		return nil, err
	}
	return in.Paths, nil
}
