package vendorsync

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/goproxytest"

	"github.com/goshim/goshim/internal/gocmd"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/testgo"
	"github.com/goshim/goshim/shim"
)

// TestMain lets the tests run this binary as a go command whose vendor directory is
// filled by Run.
func TestMain(m *testing.M) {
	if os.Getenv("VENDORSYNC_TEST_GO") == "" {
		os.Exit(m.Run())
	}
	inv := shim.Current()
	inv.Companion = gorun.Companion{}
	plan, err := gorun.Resolve(inv)
	status := 0
	if err == nil {
		status, err = Run(inv, plan)
	}
	if err != nil {
		status = shim.Refuse(err)
	}
	os.Exit(status)
}

// A world is a module with its own home.
type world struct {
	t   *testing.T
	dir string
	env []string
}

func newWorld(t *testing.T, f files) *world {
	t.Helper()
	top := t.TempDir()
	testgo.NoTelemetry(t, filepath.Join(top, ".config"))
	real, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	proxy := goproxytest.NewTestServer(t, filepath.Join("..", "..", "testscript", "testdata", "mod"), "")
	w := &world{t: t, dir: filepath.Join(top, "m"), env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + top, "USERPROFILE=" + top, "LocalAppData=" + top, "AppData=" + top, "SYSTEMROOT=" + os.Getenv("SYSTEMROOT"),
		"GOSHIM_REAL_GO=" + real, "GOSHIM_CEILING=" + top, "GOPATH=" + filepath.Join(top, "go"), "GOFLAGS=-modcacherw",
		"GOPROXY=" + proxy.URL, "GOSUMDB=off", "GOTOOLCHAIN=local", "GOTELEMETRY=off", "CGO_ENABLED=0", "GOCACHE=" + filepath.Join(top, "build"),
	}}
	write(t, w.dir, f)
	return w
}

// run runs a go command, by Run or, if plain, as it is.
func (w *world) run(plain bool, dir string, args ...string) (out string, status int) {
	w.t.Helper()
	path, err := os.Executable()
	env := w.env
	if plain {
		path, err = exec.LookPath("go")
	} else {
		env = append(slices.Clone(env), "VENDORSYNC_TEST_GO=1")
	}
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = filepath.Join(w.dir, dir), append(env, "PWD="+filepath.Join(w.dir, dir))
	said, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		w.t.Fatal(err)
	}
	return string(said), cmd.ProcessState.ExitCode()
}

func (w *world) must(dir string, args ...string) string {
	w.t.Helper()
	out, status := w.run(true, dir, args...)
	if status != 0 {
		w.t.Fatalf("go %s: %s", strings.Join(args, " "), out)
	}
	return out
}

var app = files{
	"go.mod":       "module example.com/app\n\ngo 1.26\n\nrequire example.com/dep v1.0.0\n",
	"app.go":       "package app\n\nimport _ \"example.com/dep\"\n",
	"sub/x.go":     "package sub\n",
	"none/go.mod":  "module example.com/none\n\ngo 1.26\n",
	"none/none.go": "package none\n",
}

// What the go command says and how it ends is the same as without us, and so is
// the vendor directory if it ends well.
func TestRunSame(t *testing.T) {
	w := newWorld(t, app)
	w.must("", "mod", "tidy")
	tests := []struct {
		dir    string
		args   []string
		isFill bool
	}{
		{"", []string{"mod", "vendor"}, true},
		{"", []string{"mod", "vendor", "-v"}, true},
		{"sub", []string{"mod", "vendor", "-e", "-v"}, true},
		{"none", []string{"-C", "..", "mod", "vendor", "-v"}, true},
		{"none", []string{"mod", "vendor"}, false},
		{"", []string{"mod", "vendor", "-o", "out"}, false},
		{"", []string{"mod", "vendor", "extra"}, false},
		{"", []string{"mod", "vendor", "-x=y"}, false},
		{"", []string{"mod", "vendor", "-h"}, false},
		{"", []string{"work", "vendor"}, false},
		{"..", []string{"mod", "vendor"}, false},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			root := filepath.Join(w.dir, "vendor")
			os.RemoveAll(root)
			os.Remove(filepath.Join(w.dir, sumName))
			want, wantStatus := w.run(true, test.dir, test.args...)
			tree, err1 := treeHash(root)
			os.RemoveAll(root)
			got, status := w.run(false, test.dir, test.args...)
			have, err2 := treeHash(root)
			if got != want || status != wantStatus || tree != have || err1 != nil || err2 != nil {
				t.Errorf("got status %d, want %d; tree %s, want %s\ngot %s\nwant %s", status, wantStatus, have, tree, got, want)
			}
			if _, err := os.Lstat(filepath.Join(w.dir, sumName)); (err == nil) != test.isFill {
				t.Errorf("vendor.sum: %v, want it: %t", err, test.isFill)
			}
		})
	}
}

// A command that fails leaves the old tree, which the plain one has deleted by
// then; and edits are named that are gone.
func TestRunKeeps(t *testing.T) {
	w := newWorld(t, app)
	w.must("", "mod", "tidy")
	w.run(false, "", "mod", "vendor")
	edited := files{"vendor/example.com/dep/dep.go": "package dep // edited\n"}
	write(t, w.dir, edited)
	write(t, w.dir, files{"more.go": "package app\n\nimport _ \"example.com/extra\"\n"})
	out, status := w.run(false, "", "mod", "vendor")
	if status != 1 || !strings.Contains(out, "example.com/extra") || readAll(t, w.dir)["vendor/example.com/dep/dep.go"] == "" {
		t.Errorf("status %d: %s", status, out)
	}
	os.Remove(filepath.Join(w.dir, "more.go"))
	out, status = w.run(false, "", "mod", "vendor")
	if want := "goshim: vendor/example.com/dep/dep.go was edited by hand; that is undone\n"; out != want || status != 0 {
		t.Errorf("status %d: got %s, want %s", status, out, want)
	}
	cached := strings.TrimSpace(w.must("", "list", "-mod=mod", "-f", "{{.Dir}}", "example.com/dep"))
	if err := os.Chmod(filepath.Join(cached, "dep.go"), 0o666); err != nil {
		t.Fatal(err)
	}
	write(t, cached, files{"dep.go": "package dep // edited\n"})
	before := readAll(t, w.dir)
	out, status = w.run(false, "", "mod", "vendor")
	if status != 2 || !strings.HasPrefix(out, "goshim: vendor/example.com/dep/dep.go: ") || !strings.Contains(out, "vendor/ is as it was") {
		t.Errorf("status %d: %s", status, out)
	}
	if got := readAll(t, w.dir); len(got) != len(before) || got["vendor/example.com/dep/dep.go"] != before["vendor/example.com/dep/dep.go"] {
		t.Errorf("got %q, want %q", got, before)
	}
}

// A workspace has its own vendor/, also beside a module that has one.
func TestRunWorkspace(t *testing.T) {
	w := newWorld(t, app)
	w.must("", "mod", "tidy")
	w.must("", "mod", "vendor")
	write(t, w.dir, files{"ws/go.work": "go 1.26\n\nuse ..\n"})
	w.env = append(w.env, "GOWORK="+filepath.Join(w.dir, "ws", "go.work"))
	out, status := w.run(false, "", "mod", "vendor")
	if status != 1 || !strings.Contains(out, "cannot be run in workspace mode") {
		t.Errorf("status %d: %s", status, out)
	}
	before := readAll(t, filepath.Join(w.dir, "vendor"))
	out, status = w.run(false, "", "work", "vendor")
	if status != 0 || out != "" {
		t.Errorf("status %d: %s", status, out)
	}
	got := readAll(t, filepath.Join(w.dir, "ws"))
	if !strings.HasPrefix(got["vendor/modules.txt"], "## workspace\n") || got["vendor/example.com/dep/dep.go"] == "" || got["vendor.sum"] == "" {
		t.Errorf("got %q", got)
	}
	if after := readAll(t, filepath.Join(w.dir, "vendor")); len(after) != len(before) {
		t.Errorf("the module's own is %q, was %q", after, before)
	}
}

func TestApplies(t *testing.T) {
	tests := []struct {
		args, goflags string
		want          bool
	}{
		{"mod vendor", "", true},
		{"mod vendor -v -e", "-mod=mod -modcacherw", true},
		{"work vendor", "", true},
		{"mod vendor -o x", "", false},
		{"mod vendor", "-o=x", false},
		{"mod vendor -o=", "-o=x", true},
		{"mod vendor -modfile=x.mod", "", false},
		{"mod vendor x", "", false},
		{"mod tidy", "", false},
		{"build", "", false},
	}
	for _, test := range tests {
		plan := &shim.Plan{Command: gocmd.Parse(strings.Fields(test.args)), Env: []string{"GOFLAGS=" + test.goflags}}
		if got := Applies(plan); got != test.want {
			t.Errorf("go %s, GOFLAGS=%s: got %t", test.args, test.goflags, got)
		}
	}
}
