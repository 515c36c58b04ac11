package shim

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestCapture wants a generated GOROOT for the commands that start programs,
// and for no other.
func TestCapture(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the cache has another name")
	}
	tests := []struct {
		command, env string
		want         bool
	}{
		{"generate", "", true},
		{"generate -n", "", false},
		{"run .", "", true},
		{"run . -n", "", true},
		{"run x@v1.0.0", "", true},
		{"run -n .", "", false},
		{"run .", "GOFLAGS=-n", false},
		{"run -n=false .", "GOFLAGS=-n", true},
		{"test ./...", "", true},
		{"test -c .", "", false},
		{"tool stringer", "", true},
		{"tool -n stringer", "", false},
		{"tool", "", false},
		{"build", "", false},
		{"install", "", false},
		{"vet -vettool=x", "", false},
		{"list", "", false},
		{"env GOROOT", "", false},
		{"version", "", false},
		{"help run", "", false},
		{"rnu", "", false},
		{"run .", "GOSHIM=off", false},
	}
	for _, tt := range tests {
		t.Run(tt.command+" "+tt.env, func(t *testing.T) {
			r := newRepo(t, "[common]\nnested = \"capture\"\n")
			got := r.resolve(tt.command, "XDG_CACHE_HOME="+r.root, "HOME="+r.root, "GOPROXY=off", tt.env) // no name is told that must be checked first
			if captured := strings.Contains(got, "\nGOROOT="+r.root); captured != tt.want {
				t.Errorf("captured: %v, want %v: %s", captured, tt.want, got)
			}
		})
	}
}

func TestCaptureRefusals(t *testing.T) {
	r := newRepo(t, "[common]\nnested = \"capture\"\n")
	const at = `error: goshim.toml:3:10: nested = "capture": `
	if got, want := r.resolve("test"), at+"the environment names no cache directory"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	r.write("repo/go.mod", "go 1.99\n")
	if got, want := r.resolve("test", "HOME="+r.root, "LocalAppData="+r.root), at+"this go command would switch to go1.99.0, which is not in the module cache"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := r.resolve("build", "HOME="+r.root); got != "build" {
		t.Errorf("got %s", got)
	}
	if got, want := r.resolve("run .", "GOTOOLCHAIN=local", "HOME="+r.root, "LocalAppData="+r.root, "GOROOT=there"), at+"GOROOT=there is not an absolute path"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestPrepare wants the steps in order, up to the first error.
func TestPrepare(t *testing.T) {
	var done []string
	step := func(name string, err error) Step {
		return Step{name, func() error { done = append(done, name); return err }}
	}
	p := &Plan{Prepare: []Step{step("a", nil), step("b", filepath.ErrBadPattern), step("c", nil)}}
	if err := p.prepare(); err != filepath.ErrBadPattern || strings.Join(done, " ") != "a b" {
		t.Errorf("did %q, error %v", done, err)
	}
}
