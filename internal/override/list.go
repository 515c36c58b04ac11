package override

import (
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/shim"
)

// An Override is a replace line in force.
type Override struct {
	Old        string `json:"old"`
	OldVersion string `json:"oldVersion,omitempty"` // if it is for one version only
	New        string `json:"new"`                  // a module or a directory
	NewVersion string `json:"newVersion,omitempty"`

	Pos diag.Pos `json:"-"`
}

// From returns what is replaced, with its version if it is only that.
func (o Override) From() string { return withVersion(o.Old, o.OldVersion) }

// To returns what stands in its place.
func (o Override) To() string { return withVersion(o.New, o.NewVersion) }

// List returns the replace lines in force.
func List(target *shim.Target) ([]Override, error) {
	stack, err := gorun.Read(target.Use)
	if err != nil {
		return nil, err
	}
	merged, err := stack.Merge()
	if err != nil {
		return nil, err
	}
	all := []Override{}
	for _, r := range merged.File().Replace {
		all = append(all, Override{r.Old.Path, r.Old.Version, r.New.Path, r.New.Version, merged.ReplacePos(r.Old.Path, r.Old.Version)})
	}
	return all, nil
}

func withVersion(path, version string) string {
	if version == "" {
		return path
	}
	return path + "@" + version
}
