//go:build unix

package testscript

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMainInterrupted wants a change of go.mod and go.sum that was killed at the
// first of them to be finished by the next go command, even in an environment
// that has no layer: the go command would refuse the mixture.
func TestMainInterrupted(t *testing.T) {
	w := newLayerWorld(t)
	state := t.TempDir()
	w.env = append(w.env, "XDG_STATE_HOME="+state)
	w.must("prod", "list", "-m", "all")
	newMod := strings.Replace(w.main["go.mod"], "example.com/mid v1.0.0", "example.com/mid v1.1.0", 1)
	newSum := w.sums()["example.com/mid"] + w.sums()["example.com/dep"]
	record := "goshim journal 1\n"
	for _, c := range []struct{ name, old, new string }{
		{"go.mod", w.main["go.mod"], newMod},
		{"go.sum", w.main["go.sum"], newSum},
	} {
		record += fmt.Sprintf("%q\t%q\t%x\t%q\n", w.path(c.name), "."+c.name+".goshim-1", sha256.Sum256([]byte(c.old)), c.new)
	}
	record += fmt.Sprintf("sum %x\n", sha256.Sum256([]byte(record)))
	journals, _ := filepath.Glob(filepath.Join(state, "goshim", "journal", "*")) // made by what wrote go.dev.mod
	if len(journals) != 1 {
		t.Fatalf("journals: %q", journals)
	}
	decided := filepath.Join(journals[0], "decided")
	if err := os.WriteFile(decided, []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	w.write("go.mod", newMod)
	if got := w.must("prod", "list", "-m", "example.com/mid"); got != "example.com/mid v1.1.0" {
		t.Errorf("go list -m prints %q", got)
	}
	if got := w.read("go.sum"); got != newSum {
		t.Errorf("go.sum has\n%swant\n%s", got, newSum)
	}
	if _, err := os.Stat(decided); err == nil {
		t.Errorf("%s is still there", decided)
	}
}
