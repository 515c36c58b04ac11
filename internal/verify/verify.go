// Package verify makes the checks that an environment names in verify: each by
// itself, and all that a go command must pass before it runs.
package verify

import (
	"context"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/gitclean"
	"github.com/goshim/goshim/internal/sumlint"
	"github.com/goshim/goshim/internal/vendorsync"
	"github.com/goshim/goshim/internal/vendortree"
	"github.com/goshim/goshim/shim"
)

// A Result is what a check has found, and what that depends on.
type Result struct {
	Report *finding.Report

	// Inputs are the paths of files and, by [filestate.Tree], of trees. As long
	// as they are in the same state, the check finds the same. If it is nil,
	// nothing tells that.
	Inputs []string
}

// A Check looks at a target. It asks nobody and changes nothing of it.
type Check func(context.Context, *shim.Target) (*Result, error)

// Checks are the checks by the names that goshim.toml gives them.
var Checks = map[string]Check{
	"vendor":    vendor,
	"modcache":  modcache,
	"gosum":     gosum,
	"git-clean": gitClean,
}

// vendor finishes a change of vendor/ that was interrupted, and then looks at it.
func vendor(ctx context.Context, t *shim.Target) (*Result, error) {
	place, err := vendortree.At(t)
	if err != nil {
		return nil, err
	}
	if err := vendorsync.Recover(t.Vars.Get, place.Root); err != nil {
		return nil, err
	}
	report, inputs, err := vendortree.VerifyTarget(ctx, t)
	return &Result{report, inputs}, err
}

func modcache(ctx context.Context, t *shim.Target) (*Result, error) {
	r, err := cacheverify.Verify(ctx, t, cacheverify.Options{})
	if err != nil {
		return nil, err
	}
	return &Result{r.Report, r.Inputs}, nil
}

func gosum(ctx context.Context, t *shim.Target) (*Result, error) {
	inputs, err := sumlint.Files(t)
	if err != nil {
		return nil, err
	}
	report, err := sumlint.Check(ctx, t)
	return &Result{report, inputs}, err
}

// gitClean asks git, which knows by itself what it need not read again.
func gitClean(ctx context.Context, t *shim.Target) (*Result, error) {
	report, err := gitclean.Check(ctx, t.Use.Root, t.Env)
	return &Result{Report: report}, err
}
