// Package verify makes the checks that an environment names in verify: each by
// itself, and all that a go command must pass before it runs.
package verify

import (
	"context"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/finding"
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
	cacheverify.Check: modcache,
}
