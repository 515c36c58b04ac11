package vendortree

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

// TestInputsOfWorkspace wants what is found of a module's own vendor directory to
// depend on that of the workspace, which the go command takes once it is there.
func TestInputsOfWorkspace(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "a")
	for name, text := range map[string]string{
		"go.work":              "go 1.26\n\nuse ./a\n",
		"a/go.mod":             "module example.com/a\n\ngo 1.26\n",
		"a/vendor/modules.txt": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	work := filepath.Join(dir, "go.work")
	env := envset.New([]string{"GOWORK=" + work, "GOMODCACHE=" + t.TempDir()})
	use := &modpair.Use{Cache: t.TempDir(), Name: "go.mod"}
	use.SetRoot(env.Get, root)
	_, inputs, err := VerifyTarget(t.Context(), &shim.Target{Policy: &policy.Policy{}, Use: use, Vars: env}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "vendor"); !slices.Contains(inputs, want) {
		t.Errorf("%s is not among %q", want, inputs)
	}
}
