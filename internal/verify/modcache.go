package verify

import (
	"context"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/shim"
)

// modcache is the check of that name.
func modcache(ctx context.Context, target *shim.Target) (*Result, error) {
	r, err := cacheverify.Verify(ctx, target, cacheverify.Options{})
	if err != nil {
		return nil, err
	}
	return &Result{r.Report, r.Inputs}, nil
}
