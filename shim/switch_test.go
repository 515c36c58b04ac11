package shim

import (
	"path/filepath"
	"testing"

	"github.com/goshim/goshim/envset"
)

// TestSelectToolchain has the cases of the go command's own documentation of
// toolchains (https://go.dev/doc/toolchain#select), with go1.26.8 as the local
// one.
func TestSelectToolchain(t *testing.T) {
	tests := []struct {
		setting, goMod string
		want           string
		follows        bool
	}{
		{"", "go 1.99\n", "", false},
		{"local", "go 1.99\n", "", false},
		{"auto", "", "", true},
		{"auto", "go 1.26.8\n", "", true},
		{"auto", "go 1.20\n", "", true},
		{"auto", "go 1.27\n", "go1.27.0", true},
		{"path", "go 1.27.1 // why\n", "go1.27.1", true},
		{"auto", "go 1.27rc1\n", "go1.27rc1", true},
		{"auto", "go nonsense\n", "", true},
		{"auto", "go 1.20\ntoolchain go1.27.3\n", "go1.27.3", true},
		{"auto", "go 1.20\ntoolchain go1.26.7\n", "", true},
		{"auto", "go 1.28\ntoolchain go1.27.3\n", "go1.28.0", true},
		{"auto", "go 1.28\ntoolchain default\n", "", true},
		{"auto", "toolchain go1.27.3-custom\n", "go1.27.3-custom", true},
		{"auto", "toolchain ../evil\n", "", true},
		{"auto", "gopher 1.99\n\tgo  1.27.2\r\n", "go1.27.2", true},
		{"local+auto", "go 1.27.1\n", "go1.27.1", true},
		{"go1.30.0", "go 1.99\n", "go1.30.0", false},
		{"go1.30.0+auto", "go 1.27\n", "go1.30.0", true},
		{"go1.30.0+auto", "toolchain default\n", "go1.30.0", true},
		{"go1.30.0+path", "go 1.31.2\n", "go1.31.2", true},
		{"go1.20.3", "go 1.20\n", "go1.20.3", false},
		{"go1.26.8", "go 1.99\n", "", false},
		{"go1.20.3+auto", "go 1.26.8\n", "", true},
		{"nonsense", "go 1.99\n", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.setting+" "+tt.goMod, func(t *testing.T) {
			r := newRepo(t, "")
			r.write("repo/go.mod", "module m\n"+tt.goMod)
			p := r.planner("GOTOOLCHAIN=" + tt.setting)
			if got, follows := p.selectToolchain(tt.setting); got != tt.want || follows != tt.follows {
				t.Errorf("got %q, %v, want %q, %v", got, follows, tt.want, tt.follows)
			}
		})
	}
}

// planner returns one for a command in the repository.
func (r *repo) planner(environ ...string) *planner {
	return &planner{
		dir: r.dir, env: envset.New(append(environ, "GOENV=off")),
		real: RealGo{Path: filepath.Join(r.root, "bin", "go"+exeSuffix()), Root: r.root},
	}
}

func TestSelectToolchainFiles(t *testing.T) {
	r := newRepo(t, "")
	r.write("repo/go.mod", "go 1.27.1\n")
	r.write("go.work", "go 1.28.1\n")
	other := filepath.Join(filepath.Dir(r.dir), "other.work")
	r.write("other.work", "go 1.29.1\n")
	tests := []struct{ env, want string }{
		{"GOWORK=", "go1.28.1"},
		{"GOWORK=auto", "go1.28.1"},
		{"GOWORK=off", "go1.27.1"},
		{"GOWORK=" + other, "go1.29.1"},
		{"GOWORK=" + other + "nothere", "go1.27.1"},
		{"GO111MODULE=off", ""},
		{"GO111MODULE=auto", "go1.28.1"},
	}
	for _, tt := range tests {
		if got, _ := r.planner(tt.env).selectToolchain("auto"); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.env, got, tt.want)
		}
	}

	// A development tree has no file VERSION, and is newer than all.
	r.write("goroot/VERSION", "")
	if got, _ := r.planner("GOWORK=off").selectToolchain("auto"); got != "" {
		t.Errorf("from a development tree: got %q", got)
	}
}

func TestIsReady(t *testing.T) {
	r := newRepo(t, "")
	root := filepath.Join(filepath.Dir(r.dir), "toolchain")
	if isReady(root) {
		t.Error("ready before it is there")
	}
	r.write("toolchain/bin/go"+exeSuffix(), "")
	if !isReady(root) {
		t.Error("not ready")
	}
	r.write("toolchain/src/_go.mod", "module std\n")
	if isReady(root) {
		t.Error("ready without go.mod")
	}
	r.write("toolchain/src/go.mod", "module std\n")
	if !isReady(root) {
		t.Error("not ready with go.mod")
	}
}
