package scaffold

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/goshim/goshim/envset"
	"github.com/goshim/goshim/internal/gorun"
	"github.com/goshim/goshim/internal/lint"
	"github.com/goshim/goshim/internal/testgo"
	"github.com/goshim/goshim/policy"
	"github.com/goshim/goshim/shim"
)

// newRepository writes the files of a txtar archive, and a main package for
// every go.mod, into a folder with a space in its name.
func newRepository(t *testing.T, archive string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "my repository")
	for _, f := range txtar.Parse([]byte(archive)).Files {
		write(t, filepath.Join(root, filepath.FromSlash(f.Name)), string(f.Data))
		if filepath.Base(f.Name) == "go.mod" {
			write(t, filepath.Join(root, filepath.Dir(filepath.FromSlash(f.Name)), "main.go"), "package main\n\nfunc main() {}\n")
		}
	}
	return root
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// newEnv returns the environment of a user with a home of their own.
func newEnv(t *testing.T, extra ...string) *envset.Set {
	t.Helper()
	home := t.TempDir()
	testgo.NoTelemetry(t, filepath.Join(home, ".config"))
	return envset.New(append([]string{
		"HOME=" + home, "USERPROFILE=" + home, "AppData=" + home, "LocalAppData=" + home,
		"PATH=" + os.Getenv("PATH"), "GOPROXY=off", "GOTOOLCHAIN=local", "GOFLAGS= ",
	}, extra...))
}

const (
	plain  = "-- go.mod --\nmodule example.com/app\n\ngo 1.24\n-- .git/HEAD --\nref: refs/heads/trunk\n"
	vendor = `
-- go.mod --
module example.com/app

go 1.24.2

require example.com/dep v1.0.0
-- vendor/modules.txt --
# example.com/dep v1.0.0
## explicit
`
	partly  = vendor + "-- tools/go.mod --\nmodule example.com/tools\n\nrequire example.com/dep v1.0.0\n"
	private = `
-- go.mod --
module git.corp.example.com/team/app

go 1.24
require (
	github.com/google/go-cmp v0.7.0
	gitlab.other.example.org/x/y v1.0.0 // indirect
)
`
	loose = `
-- go.mod --
module example.com/app

go 1.24
toolchain go1.25.1
require (
	example.com/a v1.0.0-rc.1
	example.com/b v0.0.0-20200101000000-abcdefabcdef
)
replace example.com/a => ./a
-- a/go.mod --
module example.com/a

go 1.24
`
	layered   = plain + "-- go.dev.mod --\nreplace example.com/dep => ../dep\n"
	workspace = `
-- go.work --
go 1.24
use ./a
use ./b
-- a/go.mod --
module example.com/a

go 1.24
-- b/go.mod --
module example.com/b

go 1.24
-- b/testdata/go.mod --
module example.com/passed/over
`
)

var repositories = map[string]string{
	"plain": plain, "vendor": vendor, "partly vendored": partly, "private": private, "loose": loose, "layered": layered, "workspace": workspace,
}

func TestPolicyFile(t *testing.T) {
	tests := map[string]struct{ want, not []string }{
		"plain":           {[]string{"\nmod = \"readonly\"", "\nreplace = \"none\"", "\nprerelease = false", `#branch = ["trunk"]`, "\n#private"}, []string{"#workspace"}},
		"vendor":          {[]string{"\nmod = \"vendor\"", `#toolchain = "go1.24.2"`}, nil},
		"partly vendored": {[]string{"\n#mod = \"vendor\""}, []string{"\nmod ="}},
		"private":         {[]string{"\nprivate = [\"git.corp.example.com\", \"gitlab.other.example.org\"]"}, []string{"#private"}},
		"loose":           {[]string{"\n#replace = \"none\"", "\n#prerelease = false", `#toolchain = "go1.25.1"`}, nil},
		"layered":         {[]string{"\nmodfile = \"go.dev.mod\""}, []string{"#modfile", "go.staging.mod"}},
		"workspace":       {[]string{"\nmod = \"readonly\"", "#workspace = \"off\""}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			repo, err := Look(newRepository(t, repositories[name]), newEnv(t).Get)
			if err != nil {
				t.Fatal(err)
			}
			got := string(repo.policyFile())
			for _, s := range test.want {
				if !strings.Contains(got, s) {
					t.Errorf("no %q in\n%s", s, got)
				}
			}
			for _, s := range test.not {
				if strings.Contains(got, s) {
					t.Errorf("%q in\n%s", s, got)
				}
			}
		})
	}
}

// The file must please goshim check as it is, and be valid with all that it
// offers uncommented.
func TestPolicyFileIsClean(t *testing.T) {
	for name, archive := range repositories {
		t.Run(name, func(t *testing.T) {
			root := newRepository(t, archive)
			repo, err := Look(root, newEnv(t).Get)
			if err != nil {
				t.Fatal(err)
			}
			asWritten := repo.policyFile()
			f, errs := policy.Parse(policy.Repository, policy.FileName, asWritten)
			for _, e := range errs {
				t.Error(e)
			}
			for _, finding := range lint.Run(f, lint.Modules(root, root)) {
				t.Errorf("%v: %s", finding.Pos, finding.Msg)
			}
			all, n := uncomment(asWritten)
			if n < 8 {
				t.Errorf("only %d optional settings", n)
			}
			if _, errs := policy.Parse(policy.Repository, policy.FileName, all); len(errs) > 0 {
				t.Errorf("uncommented: %v\n%s", errs[0], all)
			}
		})
	}
}

// Every optional setting must be valid alone, too.
func TestPolicyFileOneByOne(t *testing.T) {
	repo, err := Look(newRepository(t, loose+workspace), newEnv(t).Get)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(repo.policyFile()), "\n")
	for i, line := range lines {
		if !isOptional(line) || slices.Contains([]string{"#[[select]]\n", "#env = \"staging\"\n"}, line) || strings.HasPrefix(line, "#branch") {
			continue // a select is three lines
		}
		one := slices.Clone(lines)
		one[i] = line[1:]
		if _, errs := policy.Parse(policy.Repository, policy.FileName, []byte(strings.Join(one, ""))); len(errs) > 0 {
			t.Errorf("%q uncommented: %v", line, errs[0])
		}
	}
}

func isOptional(line string) bool {
	return len(line) > 2 && line[0] == '#' && line[1] != ' '
}

func uncomment(data []byte) (all []byte, n int) {
	for line := range strings.Lines(string(data)) {
		if isOptional(line) {
			line = line[1:]
			n++
		}
		all = append(all, line...)
	}
	return all, n
}

// The file lets every environment build at once.
func TestInitBuilds(t *testing.T) {
	for _, name := range []string{"plain", "workspace"} {
		t.Run(name, func(t *testing.T) {
			root := newRepository(t, repositories[name])
			env := newEnv(t)
			s, err := Init(root, env)
			if err != nil || s.TrustErr != nil {
				t.Fatal(err, s)
			}
			for _, dir := range moduleDirs(s.Repository) {
				for _, name := range []string{"dev", "staging", "prod"} {
					build(t, dir, name, env)
				}
			}
		})
	}
}

func moduleDirs(r *Repository) []string {
	var dirs []string
	for _, m := range r.Modules {
		dirs = append(dirs, m.Dir)
	}
	return dirs
}

// build runs what the shim would run for go build in an environment.
func build(t *testing.T, dir, name string, base *envset.Set) {
	t.Helper()
	goCache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Skip(err)
	}
	env := append(slices.Clone(base.Environ()), "GOSHIM_ENV="+name, "GOCACHE="+strings.TrimSpace(string(goCache)))
	args := []string{"build", "-buildvcs=false", "-o", os.DevNull, "."}
	plan, err := shim.Resolve(shim.Invocation{Args: args, Dir: dir, Env: env, Self: "/nonexistent/go", Companion: gorun.Companion{}})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	cmd := exec.Command(plan.Path, plan.Args[1:]...)
	cmd.Dir, cmd.Env = dir, plan.Env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %v\n%s", name, plan.Args, err, out)
	}
}

// A vendored module whose settings need trust gets as far as the real go.
func TestInitResolves(t *testing.T) {
	for name, archive := range repositories {
		t.Run(name, func(t *testing.T) {
			root := newRepository(t, archive)
			env := newEnv(t)
			s, err := Init(root, env)
			if err != nil {
				t.Fatal(err)
			}
			for _, dir := range moduleDirs(s.Repository) {
				for _, name := range []string{"dev", "staging", "prod"} {
					env := append(slices.Clone(env.Environ()), "GOSHIM_ENV="+name)
					if _, err := shim.Resolve(shim.Invocation{Args: []string{"build", "./..."}, Dir: dir, Env: env, Self: "/nonexistent/go"}); err != nil {
						t.Errorf("%s in %s: %v", name, dir, err)
					}
				}
			}
		})
	}
}

func TestInitWhere(t *testing.T) {
	tests := []struct {
		name, archive, dir, want string
	}{
		{"subdirectory", plain, "internal/x", "."},
		{"no checkout", "-- go.mod --\nmodule m\n", "internal/x", "."},
		{"module below the checkout", "-- .git/HEAD --\n-- sub/go.mod --\nmodule m\n", "sub/x", "sub"},
		{"from the checkout", "-- .git/HEAD --\n-- sub/go.mod --\nmodule m\n", ".", "."},
		{"a module in a module", plain + "-- sub/go.mod --\nmodule m\n", "sub/x", "."},
		{"workspace", workspace, "b/x", "."},
		{"workspace above the checkout", workspace + "-- b/.git/HEAD --\n", "b/x", "b"},
		{"checkout in a module", "-- go.mod --\nmodule m\n-- sub/.git --\ngitdir: x\n-- sub/s/go.mod --\nmodule s\n", "sub", "sub"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := newRepository(t, test.archive)
			dir := filepath.Join(root, filepath.FromSlash(test.dir))
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			s, err := Init(dir, newEnv(t))
			if err != nil {
				t.Fatal(err)
			}
			if want := filepath.Join(root, filepath.FromSlash(test.want), policy.FileName); s.Path != want {
				t.Errorf("wrote %s, want %s", s.Path, want)
			}
			if got := policy.Find(dir, newEnv(t).Get); got != s.Path {
				t.Errorf("in %s, %q is found, not %s", dir, got, s.Path)
			}
		})
	}
}

func TestInitTrusts(t *testing.T) {
	root, env := newRepository(t, private), newEnv(t, "GOSHIM_ENV=prod")
	s, err := Init(root, env)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Load(root, env)
	if err != nil || !p.Trust.Trusted || p.Trust.Hash != s.Hash || !s.NeedsTrust {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestInitWithoutHome(t *testing.T) {
	root := newRepository(t, plain)
	s, err := Init(root, envset.New(nil))
	if err != nil || s.TrustErr == nil {
		t.Fatalf("%+v, %v, want success and an error about trust", s, err)
	}
	if _, err := os.Stat(s.Path); err != nil {
		t.Error(err)
	}
}

func TestInitErrors(t *testing.T) {
	root := newRepository(t, plain)
	path := filepath.Join(root, policy.FileName)
	write(t, path, "mine\n")
	for _, dir := range []string{root, filepath.Join(root, "sub")} {
		if _, err := Init(dir, newEnv(t)); err == nil || err.Error() != path+" is already there" {
			t.Errorf("error %v", err)
		}
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "mine\n" {
		t.Errorf("the file is %q (%v)", data, err)
	}
	empty := t.TempDir()
	if _, err := Init(empty, newEnv(t)); err == nil || err.Error() != "no module in or around "+empty {
		t.Errorf("error %v", err)
	}
	missing := filepath.Join(empty, "missing", policy.FileName)
	if err := create(missing, nil); err == nil || errors.Is(err, os.ErrExist) {
		t.Errorf("error %v", err)
	}
}

// TestEndless has files without an end in the places of go.mod and go.work.
func TestEndless(t *testing.T) {
	root := newRepository(t, "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n")
	for _, name := range []string{"go.work", "sub/go.mod"} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/dev/zero", path); err != nil {
			t.Skip(err)
		}
	}
	r := &Repository{Root: root, Workspace: true, Modules: findModules(root)}
	if len(r.Modules) != 1 || r.Replaced() {
		t.Errorf("got %d modules, replaced: %v", len(r.Modules), r.Replaced())
	}
}
