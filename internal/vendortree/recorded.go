package vendortree

import (
	"slices"

	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendorsum"
)

// addStale says that vendor.sum is not of vendor/ as it is, and that vendor/ need
// not be wrong.
func (c *check) addStale(m module.Version, msg string) {
	c.report.Add(finding.Finding{
		Rule: "vendor-sum-stale", Severity: finding.Medium, Module: versionText(m), File: vendorsum.Name,
		Message: msg, Hint: writeSum,
	})
}

// sums compares the hashes of zips in vendor.sum with those of go.sum, and finds
// modules that go.sum does not have.
func (c *check) sums() {
	isStale := slices.ContainsFunc(c.report.Findings, func(f finding.Finding) bool { return f.Rule == "vendor-stale" })
	for _, b := range c.tree.List.Blocks {
		m := b.Source()
		if len(b.Packages) == 0 || b.IsDir() || len(c.Sums.Zip(m)) > 0 {
			continue
		}
		if isStale && !c.Requires(b.Version) {
			continue // a version that go.mod has left behind
		}
		c.report.Add(finding.Finding{
			Rule: "vendor-no-sum", Severity: finding.Medium, Module: versionText(b.Version), File: "vendor/" + vendorlist.Name, Line: b.Line,
			Message: "go.sum has no hash of " + versionText(m), Hint: "go mod tidy",
		})
	}
	if c.sum == nil {
		return
	}
	for i := range c.sum.Modules {
		m := &c.sum.Modules[i]
		c.byModule[m.Version] = m
		source := m.Source()
		have := c.Sums.Zip(source)
		switch {
		case m.Zip != "" && len(have) > 0 && !slices.Contains(have, m.Zip):
			c.report.Add(finding.Finding{
				Rule: "vendor-zip", Severity: finding.High, Module: versionText(m.Version), File: vendorsum.Name,
				Message: versionText(source) + " has the hash " + m.Zip + " here, and " + have[0] + " in go.sum",
				Hint:    "find out in the history of both files which one was changed; goshim vendor sync writes vendor.sum by go.sum",
			})
		case m.Zip == "" && m.Tree != "" && source.Version != "":
			c.addStale(m.Version, "has no hash of the zip of "+versionText(source))
		}
		if b := c.tree.List.Block(m.Version); b != nil && b.Replace != m.Replace {
			c.addStale(m.Version, "has another replacement of "+versionText(m.Version))
		}
	}
}

// record compares the files with vendor.sum.
func (c *check) record() {
	if c.sum == nil {
		return
	}
	for i := range c.sum.Modules {
		m := &c.sum.Modules[i]
		if b := c.tree.List.Block(m.Version); !c.recordModule(m) && b != nil {
			c.suspect[b] = true
		}
	}
	for _, f := range c.tree.Files {
		if _, ok := c.recorded[f.Path]; ok {
			continue
		}
		c.differs[f.Path] = true
		if f.Block != nil {
			c.suspect[f.Block] = true
		}
	}
	for _, b := range c.tree.List.Blocks {
		if m := c.byModule[b.Version]; m == nil || m.List != vendorsum.Text(b.Text) {
			c.suspect[b] = true
		}
	}
}

// recordModule compares the files that vendor.sum has of a module, and reports
// whether they have the hash that it has of all.
func (c *check) recordModule(m *vendorsum.Module) bool {
	var have []vendorsum.Hashed
	var changed []string
	for _, f := range m.Files {
		path := m.Path + "/" + f.Name
		c.recorded[path] = record{m, f.Print}
		at := c.tree.File(path)
		if at == nil || !at.Mode.IsRegular() || at.Err != nil {
			c.differs[path] = true
			continue
		}
		have = append(have, vendorsum.Hashed{Name: f.Name, Sum: at.Sum})
		if vendorsum.Print(at.Sum) != f.Print {
			changed = append(changed, path)
		}
	}
	switch {
	case len(have) < len(m.Files):
	case vendorsum.Tree(have) == m.Tree:
		if len(changed) > 0 {
			c.addStale(m.Version, "the fingerprints are not those of the files that "+m.Tree+" is the hash of")
		}
		return true
	case len(changed) == 0:
		c.masked = append(c.masked, m)
	}
	for _, path := range changed {
		c.differs[path] = true
	}
	return false
}

// unmask says of which modules no fingerprint tells what has changed.
func (c *check) unmask() {
	for _, m := range c.masked {
		if b := c.tree.List.Block(m.Version); b != nil && c.isSame(b) {
			c.addStale(m.Version, "has another hash of the files of "+versionText(m.Version))
			continue
		}
		c.report.Add(finding.Finding{
			Rule: "vendor-edited", Severity: finding.High, Module: versionText(m.Version), File: "vendor/" + m.Path,
			Message: "is not as vendor.sum has it, although each file has the fingerprint that it should have", Hint: fork,
		})
	}
}
