package sumaudit

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"

	"github.com/goshim/goshim/internal/modinput"
	"github.com/goshim/goshim/internal/modroute"
	"github.com/goshim/goshim/internal/sumclient"
)

const text = `e.com/a v1.0.0 h1:a=
e.com/a v1.0.0/go.mod h1:am=
malformed
e.com/b v1.0.0 h2:x=
e.com/c v1.0.0 h1:other=
e.com/none v1.0.0 h1:x=
private.com/x v1.0.0 h1:x=
`

func TestRun(t *testing.T) {
	var asked atomic.Int64
	a := &Audit{Chain: &modroute.Chain{Sumdb: "sum.example.com", NoSumdb: "private.com"}, Name: "sum.example.com", Lookup: func(m module.Version) (string, error) {
		asked.Add(1)
		switch m.String() {
		case "e.com/a@v1.0.0":
			return "h1:a=", nil
		case "e.com/a@v1.0.0/go.mod":
			return "h1:am=", nil
		case "e.com/c@v1.0.0":
			return "h1:c=", nil
		}
		return "", sumclient.ErrUnknown
	}}
	root := t.TempDir()
	report, err := a.Run(t.Context(), root, []modinput.SumFile{{Path: filepath.Join(root, "go.sum"), Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range report.Findings {
		got = append(got, fmt.Sprintf("%s %s", f.Rule, f))
	}
	want := []string{
		"sum-differs go.sum:5: e.com/c v1.0.0 is h1:other= here, and h1:c= in sum.example.com",
		"sum-not-there go.sum:6: note: sum.example.com does not know e.com/none v1.0.0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff([]module.Version{{Path: "e.com/c", Version: "v1.0.0"}}, a.Differ); diff != "" || asked.Load() != 4 {
		t.Errorf("%d lookups, %s", asked.Load(), diff)
	}
	if got := report.Summary(); got != "sumdb: 4 lines, 1 private line: 1 high finding, 1 note" {
		t.Error(got)
	}
}

// TestDown: where the database cannot be asked, it is not asked for ever, and
// nothing passes.
func TestDown(t *testing.T) {
	var asked atomic.Int64
	a := &Audit{Chain: &modroute.Chain{Sumdb: "sum.example.com"}, Name: "sum.example.com", Lookup: func(module.Version) (string, error) {
		asked.Add(1)
		return "", errors.New("connection refused")
	}}
	var lines strings.Builder
	for i := range 500 {
		fmt.Fprintf(&lines, "e.com/m%d v1.0.0 h1:x=\n", i)
	}
	report, err := a.Run(t.Context(), t.TempDir(), []modinput.SumFile{{Path: "go.sum", Data: []byte(lines.String())}})
	if err != nil {
		t.Fatal(err)
	}
	if n := asked.Load(); n > maxFailures+jobs {
		t.Errorf("%d lookups", n)
	}
	if len(report.Findings) != 1 || !report.Fails() || !strings.Contains(report.Findings[0].Message, "500 lines not compared: connection refused") {
		t.Errorf("got %v", report.Findings)
	}
}
