package repro

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goshim/goshim/internal/diag"
	"github.com/goshim/goshim/internal/gorun"
)

// TestMain lets this binary stand for the companion: `goshim go env` and `goshim
// go build`, whose program is what FAKE_BUILD says.
func TestMain(m *testing.M) {
	if kind := os.Getenv("FAKE_BUILD"); kind != "" && len(os.Args) > 2 && os.Args[1] == "go" {
		os.Exit(fakeGo(kind, os.Args[2:]))
	}
	os.Exit(m.Run())
}

func fakeGo(kind string, args []string) int {
	if args[0] == "env" {
		writeLine(os.Stdout, os.Getenv("FAKE_MODCACHE"))
		return 0
	}
	dir, _ := os.Getwd()
	text := "program"
	switch kind {
	case "path":
		text += strings.Repeat("x", 1<<20-20) + dir + "/main.go" + dir // over the edge of a buffer
	case "hang":
		os.WriteFile(os.Getenv("FAKE_STARTED"), nil, 0o666)
		time.Sleep(time.Minute)
	case "fail":
		writeLine(os.Stderr, "main.go:1:1: broken")
		return 1
	}
	out := args[slices.Index(args, "-o")+1]
	if err := os.WriteFile(filepath.Join(out, "app"), []byte(text), 0o777); err != nil {
		return 3
	}
	return 0
}

func writeLine(f *os.File, text string) { f.WriteString(text + "\n") }

// options returns those of a run in a directory without git, and the directory
// for temporary files.
func options(t *testing.T, kind string) (opts Options, tmp string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	tmp = t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("TMP", tmp)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/m\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "FAKE_BUILD="+kind, "FAKE_MODCACHE="+filepath.Join(dir, "modcache"), "FAKE_STARTED="+filepath.Join(dir, "started"))
	return Options{Self: self, Dir: dir, Env: env, WorkTree: true}, tmp
}

// checkEmpty checks that nothing is left of a run.
func checkEmpty(t *testing.T, tmp string) {
	t.Helper()
	entries, err := os.ReadDir(tmp)
	if err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestSame(t *testing.T) {
	opts, tmp := options(t, "same")
	opts.Keep = filepath.Join(t.TempDir(), "keep")
	result, err := Run(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if result.Fails() || len(result.Programs) != 1 || !result.Programs[0].Same() {
		t.Errorf("got %+v, %+v", result.Report, result.Programs)
	}
	for _, name := range []string{"1/app", "2/app"} {
		if _, err := os.Stat(filepath.Join(opts.Keep, name)); err != nil {
			t.Error(err)
		}
	}
	checkEmpty(t, tmp)
}

func TestPath(t *testing.T) {
	opts, tmp := options(t, "path")
	result, err := Run(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, f := range result.Findings {
		rules = append(rules, f.Rule)
	}
	if want := []string{"repro-differs", "repro-path"}; !slices.Equal(rules, want) {
		t.Fatalf("got %v, want %v", rules, want)
	}
	if got := result.Findings[1].Message; got != "the path of the work tree is in it 2 times" {
		t.Error(got)
	}
	checkEmpty(t, tmp)
}

func TestFail(t *testing.T) {
	opts, tmp := options(t, "fail")
	_, err := Run(t.Context(), opts)
	var failed *gorun.GoError
	if !errors.As(err, &failed) || failed.Stderr != "main.go:1:1: broken" {
		t.Errorf("got %v", err)
	}
	checkEmpty(t, tmp)
}

func TestInterrupted(t *testing.T) {
	opts, tmp := options(t, "hang")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			if _, err := os.Stat(filepath.Join(opts.Dir, "started")); err == nil {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	_, err := Run(ctx, opts)
	var e *diag.Error
	if !errors.As(err, &e) || !strings.HasPrefix(e.Msg, "interrupted") {
		t.Errorf("got %v", err)
	}
	checkEmpty(t, tmp)
}

func TestNoCommit(t *testing.T) {
	opts, tmp := options(t, "same")
	opts.WorkTree = false
	if _, err := Run(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "is not in a git checkout") {
		t.Errorf("got %v", err)
	}
	checkEmpty(t, tmp)
}

// TestWorkTree checks that a copy of a checkout has the files as they are, and
// the repository's HEAD.
func TestWorkTree(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip(err)
	}
	opts, _ := options(t, "same")
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", opts.Dir, "-c", "user.name=Gopher", "-c", "user.email=gopher@example.com"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	opts.Env = append(opts.Env, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	git("init", "-q")
	git("add", "go.mod")
	git("commit", "-q", "-m", "first")
	if err := os.WriteFile(filepath.Join(opts.Dir, "new.go"), []byte("package m\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, workTree := range []bool{false, true} {
		opts.WorkTree = workTree
		p := &place{dir: t.TempDir()}
		if err := p.make(t.Context(), opts.Dir, &opts, t.TempDir()); err != nil {
			t.Fatal(err)
		}
		_, err := os.Stat(filepath.Join(p.src(), "new.go"))
		if got := err == nil; got != workTree {
			t.Errorf("WorkTree %v: new.go is there: %v", workTree, got)
		}
		out, err := exec.Command("git", "-C", p.src(), "status", "--porcelain").Output()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(out), map[bool]string{true: "?? new.go\n"}[workTree]; got != want {
			t.Errorf("WorkTree %v: git status: got %q, want %q", workTree, got, want)
		}
	}
}
