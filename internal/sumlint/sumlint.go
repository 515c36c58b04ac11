// Package sumlint checks go.sum line by line: whether the go command takes each
// line as it is meant, and whether the lines are those that builds need. It reads
// files and asks nobody.
//
// The rules are those of cmd/go/internal/modfetch (readGoSum, haveModSumLocked,
// tidyGoSum) and cmd/go/internal/modload (keepSums).
package sumlint

import (
	"context"
	"errors"
	"strings"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modstore"
	"github.com/goshim/goshim/shim"
)

// Name is the name of the check in reports and in goshim.toml.
const Name = "gosum"

// The rules that findings name.
const (
	RuleConflictMarker = "sum-conflict-marker" // git could not merge the file
	RuleMalformed      = "sum-malformed"
	RuleAlgorithm      = "sum-unknown-algorithm"
	RuleConflict       = "sum-conflict" // two hashes for one thing
	RuleDuplicate      = "sum-duplicate"
	RuleIgnored        = "sum-ignored" // a line that the go command passes over
	RuleUnsorted       = "sum-unsorted"
	RuleCRLF           = "sum-crlf"
	RuleMissing        = "sum-missing" // no line, and a build needs it
	RulePair           = "sum-pair"    // the zip has a line, and its go.mod has none
	RuleUnused         = "sum-unused"
	RuleUnknown        = "sum-unknown" // what cannot be told
)

// Check checks the files with sums of the target: go.sum, those of the
// environment's layers, and in a workspace go.work.sum and those of the other
// modules. It reads them, the modfiles, and .mod files of the module cache, which
// say what builds need. Where one of these is not there, a note says so.
//
// It returns the paths of the files that the report depends on, too, whether they
// are there or not. The .mod files of the module cache are not among them: they
// are what go.sum says they are.
//
// Errors are that a file cannot be read, and that of ctx.
func Check(ctx context.Context, target *shim.Target) (report *finding.Report, inputs []string, err error) {
	in, err := modinput.Read(target)
	inSum := (*diag.Error)(nil)
	if err != nil && (in == nil || !errors.As(err, &inSum) || !strings.HasSuffix(inSum.Pos.File, ".sum")) {
		return nil, nil, err
	}
	c := &check{report: &finding.Report{Check: Name, Root: in.Root()}, in: in}
	c.lines()
	c.builds(modstore.OfCache(shim.ModuleCache(target.Vars)))
	if inSum != nil && !c.report.Fails() {
		c.report.Add(finding.Finding{
			Rule: RuleConflict, Severity: finding.High, File: inSum.Pos.File, Line: inSum.Pos.Line, Message: inSum.Msg, Hint: inSum.Hint,
		})
	}
	c.report.Sort()
	return c.report, in.Paths, context.Cause(ctx)
}

// A check is one call of Check.
type check struct {
	report *finding.Report
	in     *modinput.Inputs
}
