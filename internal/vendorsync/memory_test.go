package vendorsync

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/filestate"
	"github.com/goshim/goshim/internal/modpair"
	"github.com/goshim/goshim/internal/vendortree"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

// TestMemory wants a memory to hold until something changes that a sync depends on,
// and no longer.
func TestMemory(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "m")
	write(t, dir, files{
		"go": "", "fork/go.mod": "module example.com/dep\n", "fork/dep.go": "package dep\n",
		"m/go.mod":  "module example.com/m\n\ngo 1.24\n\nrequire example.com/dep v1.0.0\n\nreplace example.com/dep => ../fork\n",
		"m/main.go": "package main\n", "m/sub/sub.go": "package sub\n", "m/README": "", "m/.git/index": "",
		"m/vendor/modules.txt": "", "m/vendor/example.com/dep/dep.go": "package dep\n", "m/vendor.sum": oldSum,
	})
	env := envset.New([]string{"GOWORK=off", "GOMODCACHE=" + filepath.Join(dir, "modcache"), "HOME=" + dir, "XDG_CACHE_HOME=" + filepath.Join(dir, "cache")})
	use := &modpair.Use{Cache: filepath.Join(dir, "cache"), Name: "go.mod"}
	use.SetRoot(env.Get, root)
	target := &shim.Target{Policy: &policy.Policy{}, Use: use, Vars: env, Real: shim.RealGo{Path: filepath.Join(dir, "go")}}
	memory := func(options ...string) *Memory {
		p, err := vendortree.At(target)
		if err != nil {
			t.Fatal(err)
		}
		return MemoryOf(target, p, options...)
	}
	keep := func() {
		m := memory()
		m.state, _ = filestate.Of(m.inputs, time.Now().Add(time.Hour)) // all is old then
		m.Keep(&Result{Tree: "x", Files: 1})
	}
	changes := []struct {
		file    string
		matters bool
	}{
		{"m/README", false},
		{"m/.git/index", false},
		{"m/.git/new", false},
		{"m/sub/new.go", true},
		{"m/main.go", true},
		{"m/go.mod", true},
		{"m/go.sum", true},
		{"m/vendor.sum", true},
		{"m/vendor/example.com/dep/evil.go", true},
		{"fork/data.txt", true},
		{"go", true},
	}
	for _, c := range changes {
		keep()
		if r := memory().Recall(); r == nil || r.Tree != "x" || r.Files != 1 {
			t.Fatalf("before %s: got %+v", c.file, r)
		}
		path := filepath.Join(dir, filepath.FromSlash(c.file))
		old, _ := os.ReadFile(path)
		write(t, dir, files{c.file: string(old) + "\n"})
		if got := memory().Recall() == nil; got != c.matters {
			t.Errorf("%s changed: forgotten: %v", c.file, got)
		}
	}
	keep()
	if memory("another").Recall() != nil {
		t.Error("another option recalls it")
	}
	env.Set("GOFLAGS", "-tags=x", diag.Pos{})
	if memory().Recall() != nil {
		t.Error("another GOFLAGS recalls it")
	}
}

// Young files are not remembered, and neither is a sync that had something to do.
func TestMemoryNot(t *testing.T) {
	m := &Memory{inputs: []string{t.TempDir()}}
	if m.Begin(); m.state != "" {
		t.Error("a young directory is settled")
	}
	m.state = "x"
	m.Keep(&Result{Vendor: true}) // would fail without a stamp
}
