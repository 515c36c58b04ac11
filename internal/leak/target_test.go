package leak

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/journal"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

// TestOfTarget wants names of go.mod, of a layer and of the command line, each
// with its place.
func TestOfTarget(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":     "module example.com/app\n\nrequire git.example.com/a v1.0.0\n\nrequire github.com/b/c v1.0.0\n",
		"go.dev.mod": "require gitlab.example.com/d v1.0.0\n\nreplace git.example.com/a => ./a\n",
		"a/go.mod":   "module git.example.com/a\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	env := envset.New([]string{"GOPROXY=https://own.example.com"})
	use := &modpair.Use{Root: dir, Real: dir, Name: "go.mod", Journal: &journal.Journal{}}
	target := &shim.Target{Policy: &policy.Policy{}, Use: use, Vars: env}
	check := func(want ...string) {
		t.Helper()
		found, err := OfTarget(target, []string{"git.internal/e@v1.2.3", "./..."})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range found {
			got = append(got, e.Fault.Error())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
	typed := `"git.internal/e" looks private, and would be told to sum.golang.org`
	check(`go.mod:3:1: "git.example.com/a" looks private, and would be told to sum.golang.org`, typed)
	use.Modfiles = []modpair.Ref{{Path: filepath.Join(dir, "go.dev.mod"), Name: "go.dev.mod"}}
	check(`go.dev.mod:1:1: "gitlab.example.com/d" looks private, and would be told to sum.golang.org`, typed)
}
