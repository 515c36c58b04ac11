package finding

import (
	"encoding/json"
	"path/filepath"
	"testing"
)

func TestSummary(t *testing.T) {
	tests := []struct {
		found []Severity
		want  string
		fails bool
	}{
		{nil, "vendor: 1 file, 2 modules: in order", false},
		{[]Severity{Low}, "vendor: 1 file, 2 modules: in order, 1 note", false},
		{[]Severity{Low, High, Low, Medium, High}, "vendor: 1 file, 2 modules: 2 high findings, 1 medium finding, 2 notes", true},
	}
	for _, tt := range tests {
		r := Report{Check: "vendor", Counts: []Count{{"file", 1}, {"module", 2}}}
		for _, s := range tt.found {
			r.Add(Finding{Severity: s})
		}
		if got := r.Summary(); got != tt.want || r.Fails() != tt.fails {
			t.Errorf("%v: got %q, fails %v", tt.found, got, r.Fails())
		}
	}
}

func TestString(t *testing.T) {
	tests := []struct {
		f    Finding
		want string
	}{
		{Finding{File: "vendor/a\nb.go", Severity: High, Message: "edited"}, `vendor/a\nb.go: edited`},
		{Finding{File: "go.sum", Line: 3, Module: "m@v1.0.0", Severity: Medium, Message: "twice"}, "go.sum:3: twice"},
		{Finding{Module: "m@v1.0.0", Message: "a directory"}, "m@v1.0.0: note: a directory"},
		{Finding{Message: "x", Severity: High}, "x"},
	}
	for _, tt := range tests {
		if got := tt.f.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// TestLine wants no path of the machine where one from the report's root is
// shorter.
func TestLine(t *testing.T) {
	base := t.TempDir()
	r := &Report{Root: filepath.Join(base, "app")}
	for file, want := range map[string]string{
		"":                                "x",
		"go.mod":                          "go.mod: x",
		filepath.Join(base, ".gitignore"): "../.gitignore: x",
		filepath.Join(base, "app", "a", "go.sum"): "a/go.sum: x",
		"/e": "/e: x",
	} {
		if got := r.Line(Finding{Severity: High, File: file, Message: "x"}); got != want {
			t.Errorf("%q: got %q, want %q", file, got, want)
		}
	}
}

func TestSort(t *testing.T) {
	r := Report{Findings: []Finding{
		{Severity: Low, File: "a"}, {Severity: High, File: "b", Line: 2}, {Severity: High, File: "b", Line: 1}, {Severity: Medium, File: "c"},
	}}
	r.Sort()
	got := ""
	for _, f := range r.Findings {
		got += f.File + f.Severity.String()[:1]
	}
	if got != "bhbhcmal" || r.Findings[0].Line != 1 {
		t.Errorf("got %s, line %d first", got, r.Findings[0].Line)
	}
}

func TestSeverityText(t *testing.T) {
	var s Severity
	if err := json.Unmarshal([]byte(`"medium"`), &s); err != nil || s != Medium {
		t.Errorf("got %v, %v", s, err)
	}
	if err := json.Unmarshal([]byte(`"fatal"`), &s); err == nil {
		t.Error("fatal is taken for a severity")
	}
}
