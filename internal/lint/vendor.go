package lint

import (
	"path"

	"github.com/goshim/goshim/internal/vendorsum"
)

// vendorSums finds modfiles whose sums have the name of goshim's list of what
// vendor/ holds: goshim vendor sync refuses to write it over them.
func vendorSums(e *environment) []Finding {
	var all []Finding
	for _, file := range e.Modfile {
		if path.Base(file.Value) == "vendor.mod" {
			all = append(all, Finding{
				ID: "vendor-sum-name", Pos: file.Pos,
				Msg:  "the sums of vendor.mod are in " + vendorsum.Name + ", the name of the list of what vendor/ holds",
				Hint: "rename vendor.mod and its sums, for example to go.vendor.mod and go.vendor.sum",
			})
		}
	}
	return all
}
