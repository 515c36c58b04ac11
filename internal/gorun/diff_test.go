package gorun

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/internal/journal"
)

func TestDiff(t *testing.T) {
	changes := []journal.Change{
		{Path: "/m/go.mod", Old: []byte("a\nb\n"), New: []byte("a\nc\n")},
		{Path: "/m/go.sum", New: []byte("x\n")},
		{Path: "/m/go.dev.sum", Old: []byte("y\n")},
	}
	got := string(Diff(changes, func(path string) string { return path[len("/m/"):] }))
	want := `diff go.mod go.mod
--- go.mod
+++ go.mod
@@ -1,2 +1,2 @@
 a
-b
+c
diff /dev/null go.sum
--- /dev/null
+++ go.sum
@@ -0,0 +1,1 @@
+x
diff go.dev.sum /dev/null
--- go.dev.sum
+++ /dev/null
@@ -1,1 +0,0 @@
-y
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
