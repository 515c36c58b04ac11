package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A sandbox is a machine for one test: a home directory, a toolchain, a
// companion and a repository, below one directory that is called $WORK in
// what the tests compare.
type sandbox struct {
	t    *testing.T
	work string
	dir  string // where commands run
	env  []string
}

func newSandbox(t *testing.T, files map[string]string) *sandbox {
	t.Helper()
	work, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &sandbox{t: t, work: work, dir: filepath.Join(work, "repo")}
	home := filepath.Join(work, "home")
	s.env = []string{
		"HOME=" + home, "USERPROFILE=" + home,
		"AppData=" + filepath.Join(home, ".config"), "LocalAppData=" + filepath.Join(home, ".local"),
		"PATH=" + filepath.Join(work, "goroot", "bin"),
		"GOENV=off",
	}
	s.write(map[string]string{
		"repo/.git/HEAD":              "ref: refs/heads/main\n",
		"repo/.git/config":            "",
		"goroot/VERSION":              "go1.26.8\ntime 2026-01-01T00:00:00Z\n",
		"goroot/go.env":               "GOPROXY=https://goproxy.example.com,direct\nGOSUMDB=sum.golang.org\nGOTOOLCHAIN=auto\n",
		"goroot/pkg/tool/.keep":       "",
		"goroot/bin/go" + exeSuffix(): "#!/bin/sh\necho real\n",
	})
	s.write(files)
	return s
}

func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// path returns the path of a file in the sandbox.
func (s *sandbox) path(name string) string { return filepath.Join(s.work, filepath.FromSlash(name)) }

// write writes files; those in a directory bin are executable.
func (s *sandbox) write(files map[string]string) {
	s.t.Helper()
	for name, text := range files {
		mode := os.FileMode(0o644)
		if strings.Contains(name, "bin/") {
			mode = 0o755
		}
		if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(s.path(name), []byte(text), mode); err != nil {
			s.t.Fatal(err)
		}
	}
}

// set changes a variable of the environment.
func (s *sandbox) set(name, value string) { s.env = append(s.env, name+"="+value) }

// run runs goshim and returns its status and what it wrote.
func (s *sandbox) run(args ...string) (status int, stdout, stderr string) {
	s.t.Helper()
	var out, err bytes.Buffer
	a := &App{
		Args: args, Dir: s.dir, Env: slices.Clone(s.env), Self: s.path("shim/bin/goshim" + exeSuffix()),
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &err,
	}
	status = a.Run()
	return status, s.neutral(out.String()), s.neutral(err.String())
}

// neutral replaces what differs from machine to machine.
func (s *sandbox) neutral(text string) string {
	for _, path := range []string{s.work, strings.ReplaceAll(s.work, `\`, `\\`)} {
		text = strings.ReplaceAll(text, path, "$WORK")
	}
	return text
}

// ok runs goshim, which is to succeed, and compares what it prints.
func (s *sandbox) ok(want string, args ...string) {
	s.t.Helper()
	s.ends(0, want, "", args...)
}

// ends runs goshim and compares its status and all that it prints.
func (s *sandbox) ends(status int, stdout, stderr string, args ...string) {
	s.t.Helper()
	got, out, errout := s.run(args...)
	if got != status {
		s.t.Errorf("goshim %s: status %d, want %d", strings.Join(args, " "), got, status)
	}
	if diff := difference(stdout, out); diff != "" {
		s.t.Errorf("goshim %s: stdout (-want +got):\n%s", strings.Join(args, " "), diff)
	}
	if diff := difference(stderr, errout); diff != "" {
		s.t.Errorf("goshim %s: stderr (-want +got):\n%s", strings.Join(args, " "), diff)
	}
}

// json runs goshim and decodes what it prints into v.
func (s *sandbox) json(status int, v any, args ...string) {
	s.t.Helper()
	got, out, errout := s.run(args...)
	if got != status || errout != "" {
		s.t.Errorf("goshim %s: status %d, want %d; stderr %s", strings.Join(args, " "), got, status, errout)
	}
	dec := json.NewDecoder(strings.NewReader(out))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		s.t.Errorf("goshim %s: %v in %s", strings.Join(args, " "), err, out)
	}
}

// userPolicy is the name of the user's policy file in a sandbox.
func userPolicy() string {
	if runtime.GOOS == "darwin" {
		return "home/Library/Application Support/goshim/policy.toml"
	}
	return "home/.config/goshim/policy.toml"
}

// shownUserPolicy is userPolicy as goshim prints it.
func shownUserPolicy() string {
	return filepath.FromSlash(strings.Replace(userPolicy(), "home", "~", 1))
}

// threeEnvs is a policy with settings of every class.
const threeEnvs = `version = 1
default = "dev"

[[select]]
env = "prod"
branch = ["release/*"]

# What all have.
[common]
private = ["corp.example.com/*"]

[env.dev]
tags = ["devtools"]
[env.dev.flags]
build = ["-work", "-toolexec=./tool"]
[env.dev.vars]
CC = "./cc"
CGO_ENABLED = "0"

[env.staging]
inherits = "dev"
private = ["git.example.com"]

[env.prod]
mod = "readonly"
sumdb = { force = "sum.golang.org" }
deny = [{ command = "get", reason = "use dev" }, "mod tidy"]
`

func TestWrongCalls(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"sttus"}, "unknown command \"sttus\"\ngoshim: hint: did you mean \"status\"?"},
		{[]string{"sttus", "--json"}, "unknown command \"sttus\"\ngoshim: hint: did you mean \"status\"?"},
		{[]string{"frobnicate"}, "unknown command \"frobnicate\"\ngoshim: hint: goshim --help lists the commands"},
		{[]string{"env", "shw"}, "unknown command \"shw\"\ngoshim: hint: did you mean \"show\"?"},
		{[]string{"help", "chekc"}, "unknown command \"chekc\"\ngoshim: hint: did you mean \"check\"?"},
		{[]string{"help", "env", "us"}, "unknown command \"us\"\ngoshim: hint: did you mean \"use\"?"},
		{[]string{"completion", "bsh"}, "unknown command \"bsh\"\ngoshim: hint: did you mean \"bash\"?"},
		{[]string{"check", "--jsn"}, "unknown flag: --jsn\ngoshim: hint: did you mean \"--json\"?"},
		{[]string{"check", "-x"}, "unknown shorthand flag: 'x' in -x\ngoshim: hint: goshim check --help lists the flags"},
		{[]string{"check", "a", "b"}, "unexpected argument \"b\"\ngoshim: hint: usage: goshim check [FILE]"},
		{[]string{"status", "a"}, "unexpected argument \"a\"\ngoshim: hint: usage: goshim status"},
		{[]string{"use"}, "use takes the name of an environment, or --none\ngoshim: hint: usage: goshim use NAME | --none"},
		{[]string{"env", "use", "a", "--none"}, "use takes the name of an environment, or --none\ngoshim: hint: usage: goshim env use NAME | --none"},
		{[]string{"explain"}, "explain what go command?\ngoshim: hint: usage: goshim explain [--json] [go] COMMAND [ARGUMENTS]"},
		{[]string{"explain", "--jsno", "build"}, "unknown flag: --jsno\ngoshim: hint: did you mean \"--json\"?"},
		{[]string{"trust", "--json"}, "--json needs --show\ngoshim: hint: usage: goshim trust [FILE]"},
		{[]string{"trust"}, "no goshim.toml governs $WORK/repo\ngoshim: hint: goshim init writes one"},
		{[]string{"env"}, "no goshim.toml governs $WORK/repo\ngoshim: hint: goshim init writes one"},
	}
	s := newSandbox(t, nil)
	for _, tt := range tests {
		s.ends(2, "", "goshim: "+filepath.FromSlash(tt.want)+"\n", tt.args...)
	}
}

// TestHelp checks that every command says what it does and shows a call.
func TestHelp(t *testing.T) {
	a := &App{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}}
	root := a.root()
	for _, cmd := range append(root.Commands(), root) {
		for _, cmd := range append(cmd.Commands(), cmd) {
			name := cmd.CommandPath()
			if strings.HasPrefix(name, "goshim completion") || cmd.Name() == "help" {
				continue // cobra's own
			}
			if cmd.Short == "" || cmd.Long == "" || !strings.Contains(cmd.Example, "goshim") {
				t.Errorf("%s has no short help, long help or example", name)
			}
			if strings.HasSuffix(cmd.Short, ".") {
				t.Errorf("%s: the short help ends with a full stop", name)
			}
		}
	}
}

func TestHelpPrints(t *testing.T) {
	s := newSandbox(t, nil)
	for _, args := range [][]string{{}, {"--help"}, {"help"}, {"help", "env", "use"}, {"explain", "--help"}, {"completion"}, {"env", "show", "-h"}} {
		status, stdout, stderr := s.run(args...)
		if status != 0 || !strings.Contains(stdout, "Usage:") || stderr != "" {
			t.Errorf("goshim %q: status %d, stdout %q, stderr %q", args, status, stdout, stderr)
		}
	}
}

func TestCompletion(t *testing.T) {
	s := newSandbox(t, map[string]string{"repo/goshim.toml": threeEnvs})
	s.set("GOSHIM_ENV", "not defined") // names are completed all the same
	for _, args := range [][]string{{"use", ""}, {"env", "use", ""}, {"env", "show", ""}} {
		_, stdout, _ := s.run(append([]string{"__complete"}, args...)...)
		if want := "dev\nstaging\nprod\n:4\n"; stdout != want {
			t.Errorf("completing %q: %q, want %q", args, stdout, want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if status, stdout, _ := s.run("completion", shell); status != 0 || !strings.Contains(stdout, "goshim") {
			t.Errorf("completion %s: status %d", shell, status)
		}
	}
}

func TestVersion(t *testing.T) {
	s := newSandbox(t, nil)
	var v version
	s.json(0, &v, "version", "--json")
	if v.Version == "" || v.Go != runtime.Version() {
		t.Errorf("version: %+v", v)
	}
	s.ok(v.String()+"\n", "version")
	s.ok(v.String()+"\n", "--version")
	modified := version{Version: "v1.2.3", Revision: "0123456789abcdef", Modified: true, Go: "go1.26.8", Platform: "linux/amd64"}
	if got, want := modified.String(), "goshim v1.2.3 0123456789ab (modified) go1.26.8 linux/amd64"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReal(t *testing.T) {
	s := newSandbox(t, nil)
	goCmd := filepath.FromSlash("$WORK/goroot/bin/go" + exeSuffix())
	s.ok(goCmd+"\n", "real")
	var real realGo
	s.json(0, &real, "real", "--json")
	want := realGo{goCmd, "PATH", filepath.FromSlash("$WORK/goroot"), "go1.26.8"}
	if diff := difference(want, real); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.set("GOSHIM_REAL_GO", s.path("nowhere"))
	status, _, stderr := s.run("real")
	if status != 2 || !strings.Contains(stderr, "(from GOSHIM_REAL_GO) is not there\ngoshim: hint: ") {
		t.Errorf("status %d, stderr %q", status, stderr)
	}
}

func TestSchema(t *testing.T) {
	s := newSandbox(t, nil)
	_, stdout, _ := s.run("schema")
	if !json.Valid([]byte(stdout)) || !strings.Contains(stdout, "2020-12") {
		t.Errorf("schema prints %q", stdout)
	}
}

// difference returns how got differs from want, or "". The results have
// embedded fields of unexported types.
func difference(want, got any) string {
	return cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true }))
}
