package gorun

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/shim"
)

// runStandIn runs a command on a copy of go.mod that its caller has made, with
// the layers over it. No file of the repository is changed, so it needs no
// lock.
func runStandIn(plan *shim.Plan) (status int, err error) {
	stack, err := modlayer.Read(plan.Writes.Use)
	if err != nil {
		return 0, err
	}
	copied := scratch(plan.Writes.Scratch)
	defer copied.remove()
	merged, err := stack.Merge()
	if err != nil {
		return 0, err
	}
	if err := copied.write(merged); err != nil {
		return 0, err
	}
	status = plan.Run(plan.Child)
	mod, sum, err := copied.read()
	base := stack.Files[0]
	if err != nil || base.Path != plan.Writes.Use.Gomod().Path {
		return status, err // a whole modfile is in force, and go.mod does not matter
	}
	data, sums, err := stack.Base(merged, mod, sum)
	if err != nil {
		return status, err
	}
	for path, text := range map[string][2][]byte{
		plan.Writes.StandIn:                  {base.Data, data},
		modpair.SumPath(plan.Writes.StandIn): {base.Sum, sums},
	} {
		if !bytes.Equal(text[0], text[1]) {
			if err := os.WriteFile(filepath.Clean(path), text[1], 0o666); err != nil {
				return status, err
			}
		}
	}
	return status, nil
}
