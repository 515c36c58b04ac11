package gate

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/finding"
)

// sample is a result with everything that a format must bear: all severities
// and statuses, no file, files elsewhere, and text that is not harmless.
func sample() *Result {
	return &Result{
		Environment: "prod", Exit: 11, Root: testRoot,
		Steps: []Outcome{
			{Step: "gosum", Status: Passed, Exit: 10, Seconds: 0.25, Findings: []finding.Finding{
				{Rule: "sum-unused", Severity: finding.Low, File: "go.sum", Line: 7, Message: "no module needs it"},
			}},
			{Step: "vendor", Status: Failed, Exit: 11, Seconds: 1.5, Findings: []finding.Finding{
				{Rule: "vendor-edited", Severity: finding.High, Module: "example.com/m@v1.0.0", File: "vendor/a b%2c:é,\n::x.go", Line: 3, Message: "edited\r\nby | <hand> \x1b]]>", Hint: "goshim vendor sync"},
				{Rule: "vendor-edited", Severity: finding.High, Module: "example.com/m@v1.0.0", Message: "twice"},
				{Rule: "vendor-edited", Severity: finding.High, Module: "example.com/m@v1.0.0", Message: "twice"},
				{Rule: "vendor-stale", Severity: finding.Medium, File: "/cache/x.zip", Message: "stale"},
			}},
			{Step: "git-clean", Status: Skipped, Exit: 12, Reason: "no checkout", Findings: []finding.Finding{}},
			{Step: "build", Status: NotRun, Exit: 14, Reason: "vendor failed", Findings: []finding.Finding{}},
		},
	}
}

func written(t *testing.T, write func(io.Writer, *Result) error, r *Result) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sarifOf(w io.Writer, r *Result) error { return WriteSARIF(w, r, "v1.2.3") }

// object, array and text read decoded JSON; they fail the test where the value
// is of another kind or is not there.
func object(t *testing.T, v any, path ...string) map[string]any {
	t.Helper()
	for _, name := range path {
		v = object(t, v)[name]
	}
	m, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("%v: no object but %v", path, v)
	}
	return m
}

func array(t *testing.T, v any) []any {
	t.Helper()
	a, ok := v.([]any)
	if !ok {
		t.Fatalf("no array: %v", v)
	}
	return a
}

// TestSARIF checks a report by what the schema of SARIF 2.1.0 requires (of
// sarifLog, run, toolComponent, reportingDescriptor, result, message,
// invocation, region) and by what GitHub's code scanning requires beside it: a
// rule, a location with a relative URI, and a line of each result.
func TestSARIF(t *testing.T) {
	var log any
	if err := json.Unmarshal(written(t, sarifOf, sample()), &log); err != nil {
		t.Fatal(err)
	}
	if v := object(t, log)["version"]; v != "2.1.0" {
		t.Errorf("version %v", v)
	}
	run := array(t, object(t, log)["runs"])[0]
	driver := object(t, run, "tool", "driver")
	if driver["name"] != "goshim" {
		t.Errorf("driver %v", driver)
	}
	var ids []any
	for _, rule := range array(t, driver["rules"]) {
		ids = append(ids, object(t, rule)["id"])
		if object(t, rule, "shortDescription")["text"] == "" {
			t.Errorf("rule without text: %v", rule)
		}
	}
	if want := []any{"sum-unused", "vendor-edited", "vendor-stale"}; !slices.Equal(ids, want) {
		t.Errorf("rules %v, want %v, each once", ids, want)
	}
	for _, inv := range array(t, object(t, run)["invocations"]) {
		if _, ok := object(t, inv)["executionSuccessful"].(bool); !ok {
			t.Errorf("invocation %v", inv)
		}
	}
	var got []string
	seen := make(map[any]bool)
	for _, r := range array(t, object(t, run)["results"]) {
		result := object(t, r)
		if i := int(result["ruleIndex"].(float64)); ids[i] != result["ruleId"] {
			t.Errorf("rule %v at index %d of %v", result["ruleId"], i, ids)
		}
		print := object(t, r, "partialFingerprints")["goshimFinding/v1"]
		if seen[print] {
			t.Errorf("fingerprint %v twice", print)
		}
		seen[print] = true
		for _, l := range array(t, result["locations"]) {
			artifact := object(t, l, "physicalLocation", "artifactLocation")
			if artifact["uriBaseId"] != sarifRoot || object(t, run, "originalUriBaseIds", sarifRoot) == nil {
				t.Errorf("artifact %v", artifact)
			}
			got = append(got, fmt.Sprint(result["level"], " ", artifact["uri"], " ",
				object(t, l, "physicalLocation", "region")["startLine"], " ", object(t, r, "message")["text"]))
		}
	}
	want := []string{
		"note go.sum 7 no module needs it",
		"error vendor/a%20b%252c:%C3%A9,%0A::x.go 3 edited\r\nby | <hand> \x1b]]> (goshim vendor sync)",
		"error go.mod 1 example.com/m@v1.0.0: twice",
		"error go.mod 1 example.com/m@v1.0.0: twice",
		"warning go.mod 1 /cache/x.zip: stale",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

// TestEmpty wants lists where the formats want them, though nothing was found.
func TestEmpty(t *testing.T) {
	r := &Result{Passed: true, Steps: []Outcome{{Step: "gosum", Status: Passed, Findings: []finding.Finding{}}}}
	for name, write := range map[string]func(io.Writer, *Result) error{"json": WriteJSON, "sarif": sarifOf, "quality": WriteCodeQuality} {
		if text := written(t, write, r); bytes.Contains(text, []byte("null")) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// TestCodeQuality wants what GitLab requires of each issue, and fingerprints
// that differ.
func TestCodeQuality(t *testing.T) {
	var issues []map[string]any
	if err := json.Unmarshal(written(t, WriteCodeQuality, sample()), &issues); err != nil {
		t.Fatal(err)
	}
	var got []string
	seen := make(map[any]bool)
	for _, i := range issues {
		if i["description"] == "" || i["check_name"] == "" || i["fingerprint"] == "" || seen[i["fingerprint"]] {
			t.Errorf("issue %v", i)
		}
		seen[i["fingerprint"]] = true
		got = append(got, fmt.Sprint(i["severity"], " ", object(t, i, "location")["path"], " ", object(t, i, "location", "lines")["begin"]))
	}
	want := []string{"info go.sum 7", "critical vendor/a b%2c:é,\n::x.go 3", "critical go.mod 1", "critical go.mod 1", "major go.mod 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestJUnit wants the attributes that readers require, counts that are those of
// the cases, and well-formed XML whatever is in the text.
func TestJUnit(t *testing.T) {
	text := written(t, WriteJUnit, sample())
	var suites struct {
		Tests int `xml:"tests,attr"`
		Suite struct {
			Name     string `xml:"name,attr"`
			Tests    int    `xml:"tests,attr"`
			Failures int    `xml:"failures,attr"`
			Errors   string `xml:"errors,attr"`
			Skipped  int    `xml:"skipped,attr"`
			Time     string `xml:"time,attr"`
			Cases    []struct {
				Name    string `xml:"name,attr"`
				Class   string `xml:"classname,attr"`
				Time    string `xml:"time,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
					Type    string `xml:"type,attr"`
					Text    string `xml:",chardata"`
				} `xml:"failure"`
				Skipped *struct {
					Message string `xml:"message,attr"`
				} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(text, &suites); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	s := suites.Suite
	if suites.Tests != 4 || s.Tests != 4 || s.Failures != 1 || s.Skipped != 2 || s.Errors != "0" || s.Time != "1.750" || s.Name == "" {
		t.Errorf("suite %+v", s)
	}
	var got []string
	for _, c := range s.Cases {
		line := c.Class + "." + c.Name + " " + c.Time
		if c.Failure != nil {
			line += " failed: " + c.Failure.Type
			if !strings.Contains(c.Failure.Message, "and 3 more") || strings.Count(c.Failure.Text, "high: ") != 3 {
				t.Errorf("failure %+v", c.Failure)
			}
		}
		if c.Skipped != nil {
			line += " " + c.Skipped.Message
		}
		got = append(got, line)
	}
	want := []string{
		"goshim.gate.gosum 0.250",
		"goshim.gate.vendor 1.500 failed: vendor-edited",
		"goshim.gate.git-clean 0.000 skipped: no checkout",
		"goshim.gate.build 0.000 not run: vendor failed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnnotations(t *testing.T) {
	var b bytes.Buffer
	WriteAnnotations(&b, sample())
	want := `::notice file=go.sum,line=7,title=goshim gosum::no module needs it
::error file=vendor/a b%252c%3Aé%2C%0A%3A%3Ax.go,line=3,title=goshim vendor::edited%0Aby | <hand> \x1b]]> (goshim vendor sync)
::error file=go.mod,line=1,title=goshim vendor::example.com/m@v1.0.0: twice
::error file=go.mod,line=1,title=goshim vendor::example.com/m@v1.0.0: twice
::error file=go.mod,line=1,title=goshim vendor::/cache/x.zip: stale
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAnnotationsEnd wants no more of them than GitHub shows.
func TestAnnotationsEnd(t *testing.T) {
	r := sample()
	r.Steps[1].Findings = slices.Repeat(r.Steps[1].Findings, 100)
	var b bytes.Buffer
	WriteAnnotations(&b, r)
	if n := strings.Count(b.String(), "\n"); n != maxAnnotations+1 {
		t.Errorf("%d annotations", n)
	}
	b.Reset()
	if err := WriteSummary(&b, r); err != nil || !strings.Contains(b.String(), "and 351 more") {
		t.Errorf("%v:\n%s", err, &b)
	}
}

func TestSummary(t *testing.T) {
	r := sample()
	r.Steps[1].Findings = r.Steps[1].Findings[:1]
	want := `### goshim ci gate: failed at vendor (exit status 11)

| step | | seconds | |
|---|---|---|---|
| gosum | passed | 0.250 | 1 finding |
| vendor | failed | 1.500 | 1 finding |
| git-clean | skipped | 0.000 | no checkout |
| build | not run | 0.000 | vendor failed |

- gosum, low: go.sum:7: no module needs it
- vendor, high: vendor/a b%2c:é,&#92;n::x.go:3: edited  by &#124; &#60;hand&#62; ` + "\uFFFD" + `&#93;&#93;&#62;

`
	if diff := cmp.Diff(want, string(written(t, WriteSummary, r))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStopCommands wants a word that nobody can foresee.
func TestStopCommands(t *testing.T) {
	var b bytes.Buffer
	StopCommands(&b)()
	lines := strings.Split(b.String(), "\n")
	token := strings.TrimPrefix(lines[0], "::stop-commands::")
	if len(token) < 20 || lines[1] != "::"+token+"::" {
		t.Errorf("%q", lines)
	}
	var other bytes.Buffer
	StopCommands(&other)
	if strings.Contains(other.String(), token) {
		t.Errorf("the token %s twice", token)
	}
}

func TestSections(t *testing.T) {
	var b bytes.Buffer
	OpenSection(&b, "gosum", time.Unix(1560896352, 0))
	CloseSection(&b, "gosum", time.Unix(1560896353, 0))
	want := "\x1b[0Ksection_start:1560896352:goshim_gosum\r\x1b[0Kgoshim: gosum\n\x1b[0Ksection_end:1560896353:goshim_gosum\r\x1b[0K\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLine wants no file's name to make a line that could be taken for another
// finding.
func TestLine(t *testing.T) {
	tests := []struct {
		f    finding.Finding
		want string
	}{
		{finding.Finding{File: "a\nprove  passed.go", Line: 3, Message: "x\n\ty"}, "a\\nprove  passed.go:3: x\n\ty"},
		{finding.Finding{File: "a.go", Message: "x"}, "a.go: x"},
		{finding.Finding{Module: "example.com/m@v1.0.0", Line: 3, Message: "x"}, "example.com/m@v1.0.0: x"},
		{finding.Finding{Message: "x"}, "x"},
	}
	for _, tt := range tests {
		if got := Line(tt.f); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
