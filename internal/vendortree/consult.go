package vendortree

import (
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/vendorlist"
)

// ReadList reads modules.txt alone. It is empty if there is none.
func (p *Place) ReadList() (*vendorlist.List, error) {
	data, err := vendorlist.ReadText(p.Vendor)
	if err != nil {
		return nil, err
	}
	return vendorlist.Parse(data), nil
}

// Stale finds what a modules.txt and the go.mod files in force say differently, so
// that the go command would refuse to build with -mod=vendor.
func (p *Place) Stale(l *vendorlist.List) []finding.Finding {
	c := &check{Place: p, report: new(finding.Report), tree: &Tree{List: l}}
	c.stale()
	return c.report.Findings
}

// Unsummed finds the modules of a modules.txt whose files are vendored and that
// go.sum has no hash of.
func (p *Place) Unsummed(l *vendorlist.List) []finding.Finding {
	c := &check{Place: p, report: new(finding.Report), tree: &Tree{List: l}}
	c.sums()
	return c.report.Findings
}
