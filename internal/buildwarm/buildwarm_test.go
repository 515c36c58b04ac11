package buildwarm

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/goproxytest"

	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/testgo"
	"github.com/goshim/goshim/shim"
)

// TestMain lets the go command run this binary between itself and its tools: as
// the filter, or to note in $TOOL_LOG what the tools work on.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 {
		switch os.Args[1] {
		case "filter":
			os.Exit(Filter(os.Args[2:], os.Environ()))
		case "nothing":
			os.Exit(0)
		case "log":
			logTool(os.Args[2:])
		}
	}
	os.Exit(m.Run())
}

func logTool(args []string) {
	if path := os.Getenv("TOOLEXEC_IMPORTPATH"); path != "" {
		f, err := os.OpenFile(os.Getenv("TOOL_LOG"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
		if err == nil {
			fmt.Fprintln(f, strings.TrimSuffix(filepath.Base(args[0]), ".exe"), path)
			err = f.Close()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// A sandbox is a module with a home, a module cache and a build cache of its
// own.
type sandbox struct {
	t    *testing.T
	work string
	tmp  string // for the go command's temporary files
	inv  shim.Invocation
}

func newSandbox(t *testing.T, files map[string]string) *sandbox {
	t.Helper()
	proxy := goproxytest.NewTestServer(t, filepath.Join("..", "..", "testscript", "testdata", "mod"), "")
	work, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	s := &sandbox{t: t, work: work, tmp: t.TempDir()}
	s.inv = shim.Invocation{Companion: gorun.Companion{}, Dir: s.path("m"), Self: s.path("shim/go"), Env: []string{
		"HOME=" + s.path("home"), "USERPROFILE=" + s.path("home"), "LocalAppData=" + s.path("home"), "AppData=" + s.path("config"),
		"XDG_CONFIG_HOME=" + s.path("config"), "XDG_CACHE_HOME=" + s.path("cache"),
		"PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT"), "TMPDIR=" + s.tmp,
		"GOSHIM_REAL_GO=" + filepath.Join(strings.TrimSpace(string(goroot)), "bin", "go"+exeSuffix()),
		"GOSHIM_CEILING=" + work, "GOENV=off", "GOTOOLCHAIN=local", "GOTELEMETRY=off", "GOFLAGS=-modcacherw",
		"GOPATH=" + s.path("gopath"), "GOCACHE=" + s.path("gocache"), "GOPROXY=" + proxy.URL, "GOSUMDB=off",
	}}
	testgo.NoTelemetry(t, s.path("config"))
	testgo.Removable(t, work)
	for name, text := range files {
		path := s.path(name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func exeSuffix() string {
	if os.PathSeparator == '\\' {
		return ".exe"
	}
	return ""
}

func (s *sandbox) path(name string) string { return filepath.Join(s.work, filepath.FromSlash(name)) }

func (s *sandbox) options() Options {
	s.t.Helper()
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	return Options{Tool: []string{self, "filter"}}
}

func (s *sandbox) fill() *Summary {
	s.t.Helper()
	sum, err := Run(context.Background(), s.inv, s.options())
	if err != nil {
		s.t.Fatal(err)
	}
	return sum
}

// goCommand runs a go command as the shim does, and returns what it prints.
func (s *sandbox) goCommand(args ...string) string {
	s.t.Helper()
	inv := s.inv
	inv.Args = args
	plan, err := gorun.Resolve(inv)
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(plan.Path, plan.Args[1:]...)
	cmd.Dir, cmd.Env = s.inv.Dir, plan.Env
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// worksOn returns which packages the tools work on for a go command.
func (s *sandbox) worksOn(command string) []string {
	s.t.Helper()
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	log := filepath.Join(s.t.TempDir(), "log")
	s.set("TOOL_LOG=" + log)
	s.goCommand(command, "-toolexec="+self+" log", "./...")
	data, err := os.ReadFile(log)
	if err != nil {
		s.t.Fatal(err)
	}
	var paths []string
	for line := range strings.Lines(string(data)) {
		_, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		paths = append(paths, withoutVariant(path))
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// fixture is a module with two packages, one of which does not build, and a
// test of the other. Its module path is also the beginning of a dependency's.
var fixture = map[string]string{
	"m/go.mod": "module example.com\n\ngo 1.26\n\nrequire (\n\texample.com/dep v1.0.0\n\texample.com/mid v1.0.0\n)\n",
	"m/goshim.toml": `version = 1
default = "dev"
[env.dev.flags]
test = ["-gcflags=example.com/...=-N"]
[env.prod]
deny = [{ command = "build" }, { command = "vet" }, { command = "test" }]
`,
	"m/main.go":        "package main\n\nimport (\n\t_ \"example.com/mid\"\n\t_ \"example.com/in\"\n)\n\nfunc main() {}\n",
	"m/in/in.go":       "package in\n\nimport _ \"example.com/dep\"\n",
	"m/in/in_test.go":  "package in\n\nimport \"testing\"\n\nfunc TestIn(t *testing.T) {}\n",
	"m/in/out_test.go": "package in_test\n\nimport (\n\t\"testing\"\n\n\t_ \"example.com/in\"\n)\n\nfunc TestOut(t *testing.T) {}\n",
	"m/broken/x.go":    "package broken\n\nimport _ \"example.com/missing\"\n",
}

// After it, no go command works on anything but the main module's packages.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the standard library")
	}
	s := newSandbox(t, fixture)
	s.goCommand("mod", "tidy", "-e")
	sum := s.fill()
	if sum.Skipped != "" || len(sum.Fills) != 3 {
		t.Fatalf("got %+v", sum)
	}
	for i, command := range []string{"build", "test", "vet"} {
		f := sum.Fills[i]
		if !slices.Equal(f.Commands, []string{command}) || f.Packages == 0 || f.Error != "" || len(f.Failed) != 1 || f.Failed[0].Package != "example.com/broken" {
			t.Errorf("%s: got %+v", command, f)
		}
	}
	if f := sum.Fills[0]; f.New != f.Packages {
		t.Errorf("%d of %d packages are new to an empty cache", f.New, f.Packages)
	}
	// A run that finds all this in the cache has nothing to do.
	for _, f := range s.fill().Fills {
		if f.New != 0 {
			t.Errorf("%v: %d packages are not in the cache", f.Commands, f.New)
		}
	}
	if err := os.RemoveAll(s.path("m/broken")); err != nil { // the go command would do nothing for its sake
		t.Fatal(err)
	}
	for _, tt := range []struct {
		command string
		want    []string
	}{
		{"build", []string{"example.com", "example.com/in"}},
		{"vet", []string{"example.com", "example.com/in", "example.com/in_test"}},
		{"test", []string{"example.com", "example.com/in", "example.com/in.test", "example.com/in_test"}},
	} {
		if diff := cmp.Diff(tt.want, s.worksOn(tt.command)); diff != "" {
			t.Errorf("go %s works on: -want +got\n%s", tt.command, diff)
		}
	}
}

func TestRefused(t *testing.T) {
	s := newSandbox(t, fixture)
	s.set("GOSHIM_ENV=prod")
	_, err := Run(context.Background(), s.inv, s.options())
	if want := "go vet is not allowed"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A cache that cannot be used is left alone.
func TestUnusable(t *testing.T) {
	s := newSandbox(t, fixture)
	s.set("GOCACHE=off")
	if got, want := s.fill().String(), "build cache left alone: GOCACHE=off\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.set("GOCACHE=" + s.path("m/go.mod/cache")) // below a file
	if got, want := s.fill().Skipped, "it cannot be written: "; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q …", got, want)
	}
}

// set sets variables for the go commands.
func (s *sandbox) set(vars ...string) { s.inv.Env = append(s.inv.Env, vars...) }

// The go command gives the C compiler by a name, as in -toolexec='wrapper' gcc.
func TestFilterLooksUpCommand(t *testing.T) {
	out, err := exec.Command(os.Args[0], "filter", t.TempDir(), "go", "version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "go version ") {
		t.Errorf("filter DIR go version: %v\n%s", err, out)
	}
}
