// Package verify makes the checks that an environment names in verify: each by
// itself, and all that a go command must pass before it runs.
package verify

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/goshim/goshim/internal/cacheverify"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/gitclean"
	"github.com/goshim/goshim/internal/sumlint"
	"github.com/goshim/goshim/internal/textfile"
	"github.com/goshim/goshim/internal/vendorsum"
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

// checks are the checks by the names that goshim.toml gives them. Each asks
// nobody, and changes nothing of what it looks at. One that the environment does
// not name is skipped where there is nothing to look at.
var checks = map[string]func(context.Context, *shim.Target) (*Result, error){
	"gosum":     gosum,
	"vendor":    vendor,
	"modcache":  modcache,
	"git-clean": gitClean,
}

// Names are the names of all checks, in the order in which they are best made:
// what vendor/ and the module cache are compared with comes first.
var Names = []string{"gosum", "vendor", "modcache", "git-clean"}

// Check makes the check with the given name.
func Check(ctx context.Context, target *shim.Target, name string) (*Result, error) {
	return checks[name](ctx, target)
}

// Named returns the names of the checks that the target's environment names.
func Named(target *shim.Target) []string { return target.Policy.Verify.Strings() }

func named(target *shim.Target, name string) bool { return slices.Contains(Named(target), name) }

func vendor(ctx context.Context, t *shim.Target) (*Result, error) {
	return Vendor(ctx, t, vendortree.Options{Unseen: true})
}

// Vendor makes the check "vendor" with the given options. It finishes a change of
// vendor/ that was interrupted, and then looks at it.
func Vendor(ctx context.Context, t *shim.Target, opts vendortree.Options) (*Result, error) {
	place, err := vendortree.At(t)
	if err != nil {
		return nil, err
	}
	if err := vendorsync.Recover(t.Vars.Get, place.Root); err != nil {
		return nil, err
	}
	if _, err := os.Stat(place.Vendor); errors.Is(err, fs.ErrNotExist) && t.Policy.Mod.Value != "vendor" && !named(t, "vendor") {
		return skip("vendor", "there is no vendor directory, and the environment wants none"), nil
	}
	if used, err := usesVendor(t, place); err != nil {
		return nil, err
	} else if !used {
		return skip("vendor", "the environment does not build from vendor/"), nil
	}
	report, inputs, err := vendortree.VerifyTarget(ctx, t, opts)
	return &Result{report, inputs}, err
}

// usesVendor reports whether the target's builds take vendor/ where it exists and
// nobody types -mod, as package shim decides it for a command.
func usesVendor(t *shim.Target, place *vendortree.Place) (bool, error) {
	switch t.Policy.Mod.Value {
	case "vendor":
		return true, nil
	case "mod", "readonly":
		return false, nil
	}
	if len(t.Use.Modfiles) == 0 {
		return true, nil
	}
	gomod, err := textfile.Read(t.Use.Gomod().Path, vendorsum.MaxSize)
	if err != nil {
		return false, err
	}
	merged, err := place.Stack.Merge()
	if err != nil {
		return false, err
	}
	changes, err := merged.ChangesModules(gomod)
	return !changes, err
}

func modcache(ctx context.Context, t *shim.Target) (*Result, error) {
	r, err := cacheverify.Verify(ctx, t, cacheverify.Options{})
	if err != nil {
		return nil, err
	}
	return &Result{r.Report, r.Inputs}, nil
}

func gosum(ctx context.Context, t *shim.Target) (*Result, error) {
	report, inputs, err := sumlint.Check(ctx, t)
	return &Result{report, inputs}, err
}

func gitClean(ctx context.Context, t *shim.Target) (*Result, error) {
	if git.Find(t.Use.Root) == "" && !named(t, gitclean.Name) {
		return skip(gitclean.Name, "this is no checkout of git"), nil
	}
	report, inputs, err := gitclean.Check(ctx, t.Use.Root, t.Env)
	return &Result{report, inputs}, err
}

func skip(check, why string) *Result { return &Result{Report: finding.Skip(check, why)} }
