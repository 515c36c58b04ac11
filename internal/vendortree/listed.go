package vendortree

import (
	"fmt"

	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/vendorlist"
	"github.com/goshim/goshim/internal/vendorsum"
)

// addList says what is wrong with a line of modules.txt, 0 for all of it.
func (c *check) addList(severity finding.Severity, module string, line int, msg, hint string) {
	c.report.Add(finding.Finding{
		Rule: "vendor-list", Severity: severity, Module: module, File: "vendor/" + vendorlist.Name, Line: line,
		Message: msg, Hint: hint,
	})
}

// stale finds what modules.txt and the go.mod files in force say differently.
func (c *check) stale() {
	for _, d := range c.tree.List.Stale(&c.Roots) {
		c.report.Add(finding.Finding{
			Rule: "vendor-stale", Severity: finding.Medium, Module: d.Module.String(), File: "vendor/" + vendorlist.Name, Line: d.Line,
			Message: d.Msg, Hint: c.refill(),
		})
	}
}

// list finds what is wrong with modules.txt by itself, and by the go.mod files of
// the modules whose sources were read.
func (c *check) list() {
	for _, fault := range c.tree.List.Faults {
		c.addList(finding.High, "", fault.Line, fault.Msg, c.refill())
	}
	for _, b := range c.tree.List.Blocks {
		if s := c.sources[b]; c.isCompared(b) && s.goLine != b.Go {
			msg := fmt.Sprintf("go version %q of %s, whose go.mod has %q", b.Go, versionText(b.Source()), s.goLine)
			c.addList(finding.High, versionText(b.Version), b.Line, msg, c.refill())
		}
	}
}

// modules compares modules.txt with vendor.sum.
func (c *check) modules() {
	if c.sum == nil || !c.tree.hasTxt {
		return
	}
	isConverted := false
	for _, b := range c.tree.List.Blocks {
		isConverted = c.block(b) || isConverted
	}
	rest, unix := "", ""
	if text := c.tree.List.Rest; len(text) > 0 {
		rest, unix = vendorsum.Text(text), vendorsum.Text(vendorlist.UnixLines(text))
	}
	switch c.sum.Rest {
	case rest:
	case unix:
		isConverted = true
	default:
		c.addList(finding.Medium, "", 0, "the lines of no module, or the replacements at the end, are not those that vendor.sum has a hash of", c.refill())
	}
	if isConverted {
		c.report.Add(Converted(c.Root, "", "vendor/"+vendorlist.Name, "CRLF"))
	}
	for i := range c.sum.Modules {
		if m := &c.sum.Modules[i]; c.tree.List.Block(m.Version) == nil {
			c.addStale(m.Version, "has "+versionText(m.Version)+", which modules.txt does not list")
		}
	}
}

// block compares the lines of a module with vendor.sum, and reports whether only
// the ends of lines differ.
func (c *check) block(b *vendorlist.Block) (isConverted bool) {
	m, name := c.byModule[b.Version], versionText(b.Version)
	add := func(severity finding.Severity, msg, hint string) { c.addList(severity, name, b.Line, msg, hint) }
	switch {
	case m == nil && c.isSame(b):
		add(finding.Medium, "vendor.sum does not have "+name, writeSum)
	case m == nil:
		add(finding.Medium, "vendor.sum does not have "+name+", so that its files are not verified", writeSum)
	case m.List == vendorsum.Text(b.Text):
	case m.List == vendorsum.Text(vendorlist.UnixLines(b.Text)):
		return true
	case c.isSame(b):
		add(finding.Medium, "the lines of "+name+" are not those that vendor.sum has a hash of", writeSum)
	default:
		add(finding.High, "the lines of "+name+" are not those that vendor.sum has a hash of", c.refill())
	}
	return false
}
