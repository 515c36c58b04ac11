package testscript

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/goproxytest"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/goshim/goshim/internal/filestate"
	"github.com/goshim/goshim/internal/netns"
)

// TestMain removes what the tests built, and lets a script run this binary as
// the command fakego. It avoids a tmpfs: goshim keeps no stamps of files there,
// and many scripts are about stamps.
func TestMain(m *testing.M) {
	if state, _ := filestate.Of([]string{os.TempDir()}, time.Time{}); filestate.HidesWrites(state) {
		if info, err := os.Stat("/var/tmp"); err == nil && info.IsDir() {
			os.Setenv("TMPDIR", "/var/tmp")
		}
	}
	testscript.Main(cleanUp{m}, map[string]func(){"fakego": fakego, "nouserns": nouserns})
}

// cleanUp removes the built commands after the tests.
type cleanUp struct{ m *testing.M }

func (c cleanUp) Run() int {
	defer func() {
		for _, dir := range []string{shimDir, toolsDir} {
			if dir != "" {
				os.RemoveAll(dir)
			}
		}
	}()
	return c.m.Run()
}

// fakego stands for a real go in scripts that ask what it is given: it prints
// its arguments and the variables that a policy may set, a line each.
func fakego() {
	fmt.Printf("argv %q\n", os.Args)
	environ := os.Environ()
	slices.Sort(environ)
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "GO") && !strings.HasPrefix(name, "GOSHIM_REAL") || strings.HasPrefix(name, "CGO_") ||
			slices.Contains([]string{"CC", "CXX", "PATH", "LD_PRELOAD", "UNKNOWN_VARIABLE"}, name) {
			fmt.Println("env " + kv)
		}
	}
}

// TestScripts runs testdata/script: each script has its own home, module cache
// and state, modules come from a proxy in this process, and go is the shim.
//
// Commands that the scripts have: go (the shim), goshim (the companion),
// realgo (the toolchain's own go), fakego and nouserns (see there), sysgo (a
// shim whose system policy is $SYSTEM/policy.toml).
func TestScripts(t *testing.T) {
	shim := buildShim(t)
	tools := buildTools(t)
	proxy := goproxytest.NewTestServer(t, filepath.Join("testdata", "mod"), "")
	gocache := t.TempDir()
	goroot := goEnv(t, "GOROOT")
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Values[countersKey{}] = new(counters)
			home := filepath.Join(env.WorkDir, "home")
			shimDir := filepath.Join(env.WorkDir, "shim")
			for _, dir := range []string{home, shimDir} {
				if err := os.MkdirAll(dir, 0o777); err != nil {
					return err
				}
			}
			for name, path := range map[string]string{"go": shim, "goshim": tools.goshim} {
				if err := link(path, filepath.Join(shimDir, name+exeSuffix)); err != nil {
					return err
				}
			}
			fake, err := lookPath("fakego", env.Getenv("PATH"))
			if err != nil {
				return err
			}
			env.Vars = append(env.Vars,
				"PATH="+strings.Join([]string{shimDir, tools.dir, env.Getenv("PATH")}, string(os.PathListSeparator)),
				homeVar+"="+home,
				"XDG_CONFIG_HOME="+filepath.Join(home, "config"),
				"XDG_STATE_HOME="+filepath.Join(home, "state"),
				"XDG_DATA_HOME="+filepath.Join(home, "data"),
				"XDG_CACHE_HOME="+filepath.Join(home, "cache"),
				"GOSHIM_REAL_GO="+filepath.Join(goroot, "bin", "go"+exeSuffix),
				"GOSHIM_CEILING="+env.WorkDir,
				"REALGO="+filepath.Join(goroot, "bin", "go"+exeSuffix),
				"FAKEGO="+fake,
				"SYSTEM="+tools.system,
				"GOCACHE="+gocache,
				"GOPATH="+filepath.Join(home, "go"),
				"GOPROXY="+proxy.URL,
				"GOSUMDB=off",
				"GOFLAGS=",
				"GOTOOLCHAIN=local",
				"GOTELEMETRY=off",
				"GO111MODULE=",
				"GIT_CONFIG_NOSYSTEM=1",
				"GIT_CONFIG_GLOBAL="+filepath.Join(home, "gitconfig"),
			)
			return os.WriteFile(filepath.Join(home, "gitconfig"),
				[]byte("[user]\n\tname = Gopher\n\temail = gopher@example.com\n[init]\n\tdefaultBranch = main\n"), 0o666)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"same": same, "counted": counted, "status": wantStatus},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Geteuid() == 0, nil
			case "netns":
				return netns.Helper{Path: tools.goshim, Words: []string{"netns"}}.Available() == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		RequireUniqueNames: true,
	})
}

// same runs the go command line that follows with the real go and with the
// shim, and wants the same standard output, standard error and exit status.
func same(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! same")
	}
	run := func(path string) string {
		var stdout, stderr strings.Builder
		cmd := exec.Command(path, args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), &stdout, &stderr
		cmd.Env = environ(ts)
		cmd.Run()
		return fmt.Sprintf("status %d\nstdout:\n%s\nstderr:\n%s", cmd.ProcessState.ExitCode(), &stdout, &stderr)
	}
	shim, err := lookPath("go", ts.Getenv("PATH"))
	ts.Check(err)
	if diff := cmp.Diff(run(ts.Getenv("REALGO")), run(shim)); diff != "" {
		ts.Fatalf("go %s: -real +shim\n%s", strings.Join(args, " "), diff)
	}
}

// wantStatus runs the command that follows the number, and wants it as exit status.
func wantStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status NUMBER COMMAND [ARGUMENTS]")
	}
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if want := args[0]; fmt.Sprint(got) != want {
		ts.Fatalf("exit status %d, want %s", got, want)
	}
}

// environ returns the environment of the script.
func environ(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range scriptVars {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return append(env, "PWD="+ts.MkAbs("."))
}

// scriptVars are the variables that the command same hands on.
var scriptVars = []string{
	"PATH", homeVar, "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "GOSHIM_REAL_GO", "GOSHIM_CEILING", "GOCACHE", "GOPATH",
	"GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "GOTELEMETRY", "GOFLAGS", "GOWORK", "TMPDIR", "SYSTEMROOT",
}

// homeVar names the variable that holds the home directory.
var homeVar = map[bool]string{true: "USERPROFILE", false: "HOME"}[runtime.GOOS == "windows"]

// link makes newname a file of its own with the content of oldname: not a
// symbolic link, so that the shim finds its companion beside it.
func link(oldname, newname string) error {
	if err := os.Link(oldname, newname); err == nil {
		return nil
	}
	data, err := os.ReadFile(oldname)
	if err != nil {
		return err
	}
	return os.WriteFile(newname, data, 0o777)
}

// lookPath finds an executable in the directories of a PATH that is not this
// process's own.
func lookPath(name, path string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		if p, err := exec.LookPath(filepath.Join(dir, name+exeSuffix)); err == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("%s is not in %s", name, path)
}

// tools are the commands that scripts have beside the shim.
type tools struct {
	dir    string // on the scripts' PATH: realgo, sysgo
	goshim string
	system string // directory of sysgo's system policy
}

// buildTools builds the companion, and a shim with a system policy that only
// the scripts named upper_* write.
func buildTools(t testing.TB) tools {
	t.Helper()
	result, err := toolBinaries()
	if err != nil {
		t.Fatal(err)
	}
	return result
}

var toolBinaries = sync.OnceValues(func() (tools, error) {
	var err error
	if toolsDir, err = os.MkdirTemp("", "goshim-test-"); err != nil {
		return tools{}, err
	}
	result := tools{
		dir:    filepath.Join(toolsDir, "bin"),
		goshim: filepath.Join(toolsDir, "goshim"+exeSuffix),
		system: filepath.Join(toolsDir, "system"),
	}
	for _, dir := range []string{result.dir, result.system} {
		if err := os.Mkdir(dir, 0o777); err != nil {
			return tools{}, err
		}
	}
	systemFile := "-X=github.com/goshim/goshim/policy.systemFile=" + filepath.Join(result.system, "policy.toml")
	for _, args := range [][]string{
		{"-o", result.goshim, "./cmd/goshim"},
		{"-o", filepath.Join(result.dir, "sysgo"+exeSuffix), "-ldflags=" + systemFile, "./cmd/go"},
	} {
		if err := buildCommand(args...); err != nil {
			return tools{}, err
		}
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return tools{}, err
	}
	realgo := filepath.Join(strings.TrimSpace(string(out)), "bin", "go"+exeSuffix)
	return result, os.Symlink(realgo, filepath.Join(result.dir, "realgo"+exeSuffix))
})

// toolsDir is the directory of the built tools, if they have been built.
var toolsDir string
