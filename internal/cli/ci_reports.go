package cli

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gate"
	"github.com/goshim/goshim/internal/ownfile"
	"github.com/goshim/goshim/internal/snapshot"
)

// gateReports are the files that the gate's result is written to, each "" for
// none or "-" for standard output.
type gateReports struct{ json, junit, sarif, quality string }

// A gateReport is one of them.
type gateReport struct {
	path       *string
	flag, what string
	write      func(io.Writer, *gate.Result) error
	own        ownfile.Kind
}

func (r *gateReports) all() []gateReport {
	return []gateReport{
		{&r.json, "json", "the result as JSON", gate.WriteJSON, gate.OwnJSON},
		{&r.junit, "junit", "the result as JUnit's XML, for GitLab and others", gate.WriteJUnit, gate.OwnJUnit},
		{&r.sarif, "sarif", "the findings as SARIF 2.1.0, for GitHub's code scanning", writeSARIF, gate.OwnSARIF},
		{&r.quality, "code-quality", "the findings as GitLab's code quality report", gate.WriteCodeQuality, gate.OwnCodeQuality},
	}
}

func writeSARIF(w io.Writer, r *gate.Result) error {
	return gate.WriteSARIF(w, r, buildVersion().Version)
}

// toStdout reports whether one of them goes to standard output.
func (r *gateReports) toStdout() bool {
	for _, report := range r.all() {
		if *report.path == "-" {
			return true
		}
	}
	return false
}

// begin removes the reports of an earlier run, so that none of them speaks for
// this one if it comes to no end. A file that is not such a report is an error.
func (r *gateReports) begin(a *App) error {
	var first string
	for _, report := range r.all() {
		switch path := *report.path; path {
		case "":
		case "-":
			if first != "" {
				return &diag.Error{Msg: "--" + first + " and --" + report.flag + " both go to standard output", Hint: "name a file for one of them"}
			}
			first = report.flag
		default:
			path = a.abs(path)
			*report.path = path
			if err := report.own.Check(path, a.shown(path)); err != nil {
				return err
			}
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return &diag.Error{Msg: "removing the report of an earlier run: " + err.Error()}
			}
		}
	}
	return nil
}

// write writes the reports.
func (r *gateReports) write(a *App, result *gate.Result) error {
	for _, report := range r.all() {
		path := *report.path
		if path == "" {
			continue
		}
		var b bytes.Buffer
		err := report.write(&b, result)
		switch {
		case err != nil:
		case path == "-":
			_, err = a.Stdout.Write(b.Bytes())
		default:
			if err = os.MkdirAll(filepath.Dir(path), 0o777); err == nil {
				err = snapshot.Replace(path, b.Bytes(), 0o666)
			}
		}
		if err != nil {
			return &diag.Error{Msg: "writing the report --" + report.flag + ": " + err.Error()}
		}
	}
	return nil
}
