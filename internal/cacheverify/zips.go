package cacheverify

import (
	"context"
	"path/filepath"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/internal/sumstore"
	"github.com/goshim/goshim/internal/userdir"
)

// An Altered is a zip that is not what its sum says.
type Altered struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Zip     string `json:"zip"`  // where it lies
	Have    string `json:"have"` // its hash, or why it has none
	Want    string `json:"want"`
}

// Zips compares the zips that a directory has of the modules with their sums. It
// returns those that differ, by path, and how many there are. One that has no sum
// is not looked at, and neither is what the zips are unpacked to.
func Zips(ctx context.Context, dir modstore.Dir, getenv userdir.Getenv, modules []module.Version, sums modstore.Sums) (altered []Altered, checked int, err error) {
	dir = modstore.Dir(filepath.Clean(string(dir)))
	store := sumstore.Open(userdir.State(getenv), func(string) {})
	defer store.Close()
	v := newVerification(string(dir), dir, store, Options{})
	for _, m := range modules {
		if sums[m] != "" && dir.Has(m, modstore.Zip) {
			v.add(&want{Version: m, zipSums: []string{sums[m]}})
			checked++
		}
	}
	r, err := v.run(ctx)
	if err != nil {
		return nil, checked, err
	}
	for _, bad := range r.Bad {
		if m := bad.Module; bad.Zip != "" {
			altered = append(altered, Altered{m.Path, m.Version, dir.File(m, modstore.Zip), bad.Zip, sums[m]})
		}
	}
	return altered, checked, nil
}
