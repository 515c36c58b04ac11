package leak

import (
	"golang.org/x/mod/modfile"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/modlayer"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/shim"
)

// OfTarget returns what [Guard] finds in the go.mod of a target, with the layers
// over it, and in the arguments of a go command. In a protected environment each
// is a reason to refuse the command before it asks anybody (see
// [policy.Policy.IsProtected]), elsewhere to warn of it. It reads files.
//
// Other errors are that the modfiles or GOPROXY cannot be read.
func OfTarget(t *shim.Target, args []string) ([]Leak, error) {
	if t.Policy.DeniesNetwork() {
		return nil, nil // the go command makes no request at all then
	}
	chain, err := modroute.OfTarget(t)
	if err != nil {
		return nil, err
	}
	stack, err := modlayer.Read(t.Use)
	if err != nil {
		return nil, err
	}
	merged, err := stack.Merge()
	if err != nil {
		return nil, err
	}
	names := fetched(merged.File(), func(r *modfile.Require) diag.Pos { return merged.RequirePos(r.Mod.Path) })
	return Guard(chain, append(names, Typed(args)...)), nil
}
