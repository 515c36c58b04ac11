package cli

import (
	"context"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/git"
	"github.com/goshim/goshim/internal/vendorgit"
	"github.com/goshim/goshim/internal/vendortree"
	"github.com/goshim/goshim/internal/verify"
)

// vendor is the step that compares vendor/ with the zips of its modules, as whoever
// edits vendor/ can edit vendor.sum to fit, and looks for what of it no commit has.
func (g *gateRun) vendor(ctx context.Context) (*finding.Report, error) {
	r, err := verify.Vendor(ctx, g.target, vendortree.Options{Deep: true, NeedZips: g.needZips})
	if err != nil {
		return nil, err
	}
	if r.Report.Skipped != "" || git.Find(g.target.Use.Root) == "" {
		return r.Report, nil
	}
	place, err := vendortree.At(g.target)
	if err != nil {
		return nil, err
	}
	stored, err := vendorgit.CheckStored(ctx, place, g.inv.Env)
	if err != nil {
		return nil, err
	}
	for _, f := range stored.Findings {
		if f.Severity != finding.Low { // what git could do in future does not concern this commit
			r.Report.Add(f)
		}
	}
	return r.Report, nil
}
