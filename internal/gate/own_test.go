package gate

import (
	"bytes"
	"io"
	"testing"

	"github.com/goshim/goshim/internal/ownfile"
)

// TestOwn wants each report to be known again, and taken for no other.
func TestOwn(t *testing.T) {
	formats := []struct {
		name  string
		own   ownfile.Kind
		write func(io.Writer, *Result) error
	}{
		{"JSON", OwnJSON, WriteJSON},
		{"JUnit", OwnJUnit, WriteJUnit},
		{"SARIF", OwnSARIF, func(w io.Writer, r *Result) error { return WriteSARIF(w, r, "v1.0.0") }},
		{"quality", OwnCodeQuality, WriteCodeQuality},
	}
	for _, r := range []*Result{sample(), {Passed: true, Steps: []Outcome{}}} {
		for _, f := range formats {
			var b bytes.Buffer
			if err := f.write(&b, r); err != nil {
				t.Fatal(err)
			}
			for _, g := range formats {
				if got, want := g.own.IsOwn(b.Bytes()), f.name == g.name; got != want {
					t.Errorf("a report as %s is one as %s: got %v", f.name, g.name, got)
				}
			}
		}
	}
	for _, text := range []string{"", "{}", "null", "[1]", `[{"a":1}]`, "module example.com/m\n", `{"steps":[]}`, `{"runs":[]}`} {
		for _, f := range formats {
			if f.own.IsOwn([]byte(text)) {
				t.Errorf("%q is a report as %s", text, f.name)
			}
		}
	}
}
