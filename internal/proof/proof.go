// Package proof compares a program with what the environment would build here:
// the modules that went in, the flags, the commit, the source files by the
// program's own line table, and whether the commit has those that lie here. It
// rebuilds nothing and uses no network.
//
// What it proves is where the code came from, by names and versions. That the
// files have the right content is for the checks of vendor/ and of the module
// cache to say, and that the program was made of nothing else, for a second build
// (package repro): -overlay, for one, leaves no trace in a program.
package proof

import (
	"context"
	"runtime/debug"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/exefile"
	"github.com/goshim/goshim/internal/finding"
	"github.com/goshim/goshim/internal/injected"
	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/shim"
)

// Prove checks the program at the path against the environment that is chosen by
// the invocation, of which target is the module. The invocation has a Companion;
// its arguments do not matter.
//
// It is an error if the file is no Go program, or if the environment cannot build
// its package here.
func Prove(ctx context.Context, inv shim.Invocation, target *shim.Target, path string) (*finding.Report, error) {
	file, err := exefile.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.BuildInfo()
	if err != nil {
		return nil, &diag.Error{Msg: path + " does not say what it was built from: " + err.Error()}
	}
	c := &check{info: info, file: file, path: path, name: injected.NameIn(target.Use.Root, path), report: &finding.Report{Check: "prove", Root: target.Use.Root}}
	if info.Path == "command-line-arguments" || info.Path == "" {
		c.add("prove-package", finding.High, "it was built from files that were named one by one, not from a package", "go build ./cmd/NAME")
		return c.report, nil
	}
	if c.plan, err = newPlan(ctx, inv, info); err != nil {
		return nil, err
	}
	inputs, err := modinput.Read(target)
	if err != nil {
		return nil, err
	}
	c.checkSettings()
	c.checkCommit()
	c.checkModules(inputs.Sums)
	c.checkDirs()
	c.checkCommitted(ctx, inv.Env)
	if err := c.checkFiles(); err != nil {
		return nil, err
	}
	return c.report, nil
}

// A check is one run of [Prove].
type check struct {
	info   *debug.BuildInfo
	file   *exefile.File
	path   string // of the program
	name   string // of the program, in the report
	plan   *plan
	report *finding.Report
}

// add adds a finding about the program as a whole.
func (c *check) add(rule string, severity finding.Severity, message, hint string) {
	c.report.Add(finding.Finding{Rule: rule, Severity: severity, File: c.name, Message: message, Hint: hint})
}

// count says how many of something were looked at.
func (c *check) count(n int, what string) {
	c.report.Counts = append(c.report.Counts, finding.Count{What: what, N: n})
}

// setting returns a setting that the go command recorded in the program, or "".
func (c *check) setting(key string) string {
	for _, s := range c.info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
