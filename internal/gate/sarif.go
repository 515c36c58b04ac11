package gate

import (
	"io"
	"net/url"
	"slices"

	"github.com/goshim/goshim/internal/finding"
)

// sarifRoot is the name of the repository's root in a SARIF report. The reader
// knows where that is, so no path of this machine is written.
const sarifRoot = "SRCROOT"

// The objects of SARIF 2.1.0 that a report needs, and the properties that
// GitHub's code scanning wants beside those that the schema requires.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool                `json:"tool"`
		Invocations []sarifInvocation        `json:"invocations"`
		BaseIDs     map[string]sarifBase     `json:"originalUriBaseIds"`
		Results     []sarifResult            `json:"results"`
		ColumnKind  string                   `json:"columnKind"`
		Properties  map[string]sarifOutcomes `json:"properties"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
	}
	sarifInvocation struct {
		Successful bool `json:"executionSuccessful"`
		ExitCode   int  `json:"exitCode"`
	}
	sarifBase struct {
		Description sarifText `json:"description"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI    string `json:"uri"`
		BaseID string `json:"uriBaseId"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifOutcomes []sarifOutcome
	sarifOutcome  struct {
		Module string `json:"module,omitempty"`
		Step   string `json:"step"`
		Status Status `json:"status"`
		Reason string `json:"reason,omitempty"`
	}
)

// driverName is the name of the tool in a report.
const driverName = "goshim"

// WriteSARIF writes the findings of all steps as SARIF 2.1.0, made by the given
// version of goshim.
func WriteSARIF(w io.Writer, r *Result, version string) error {
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: driverName, Version: version, Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{true, r.Exit}},
		BaseIDs:     map[string]sarifBase{sarifRoot: {sarifText{"the root of the repository"}}},
		Results:     []sarifResult{},
		ColumnKind:  "unicodeCodePoints",
	}
	var outcomes sarifOutcomes
	seen := make(fingerprints)
	for _, s := range r.Steps {
		outcomes = append(outcomes, sarifOutcome{s.Module, s.Step, s.Status, s.Reason})
		for _, f := range s.Findings {
			run.Results = append(run.Results, sarifResultOf(f, run.Tool.Driver.rule(f.Rule, s.Step), seen.of(f)))
		}
	}
	run.Properties = map[string]sarifOutcomes{"steps": outcomes}
	return writeJSON(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// rule returns the index of a rule, which is added if it is not there.
func (d *sarifDriver) rule(id, step string) int {
	if i := slices.IndexFunc(d.Rules, func(r sarifRule) bool { return r.ID == id }); i >= 0 {
		return i
	}
	d.Rules = append(d.Rules, sarifRule{id, sarifText{"the step " + step + " of goshim ci gate: " + id}})
	return len(d.Rules) - 1
}

func sarifResultOf(f finding.Finding, rule int, fingerprint string) sarifResult {
	file, line := place(f)
	location := sarifLocation{Physical: sarifPhysical{
		sarifArtifact{(&url.URL{Path: file}).String(), sarifRoot}, sarifRegion{line},
	}}
	if f.Module != "" {
		location.Logical = []sarifLogical{{f.Module, "module"}}
	}
	return sarifResult{
		RuleID: f.Rule, RuleIndex: rule, Level: sarifLevels[f.Severity],
		Message: sarifText{text(f)}, Locations: []sarifLocation{location},
		Fingerprints: map[string]string{"goshimFinding/v1": fingerprint},
	}
}

var sarifLevels = map[finding.Severity]string{finding.Low: "note", finding.Medium: "warning", finding.High: "error"}
