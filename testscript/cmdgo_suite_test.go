package testscript

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A cmdgoSuite is the test binary of cmd/go, built so that it can be told to
// test a shim that stands in front of the go command.
type cmdgoSuite struct {
	dir     string            // GOROOT/src/cmd/go, where the binary runs
	env     []string          // its environment, with nothing of the user's
	exe     string            // the binary
	scripts map[string]string // name to text of each file in testdata/script
	logs    string            // the directory of the runs' output
	runs    int               // how many there have been
}

// newCmdgoSuite builds the test binary of cmd/go.
//
// The sources are those of the installed toolchain. Two of them are changed
// through -overlay, which needs no copy of GOROOT and leaves GOROOT alone: the
// overlay holds for the build only, and the suite itself, which reads its
// scripts from the current directory, runs in the true GOROOT/src/cmd/go.
// A copy with symlinks would be another GOROOT, and so would have to compile
// the standard library again and be run with paths that no user has.
func newCmdgoSuite(t *testing.T) *cmdgoSuite {
	t.Helper()
	goroot := goEnv(t, "GOROOT")
	dir := filepath.Join(goroot, "src", "cmd", "go")
	tmp := t.TempDir()
	s := &cmdgoSuite{
		dir:     dir,
		env:     cmdgoEnviron(t, filepath.Join(goroot, "bin"), goEnv(t, "GOCACHE")),
		exe:     filepath.Join(tmp, "cmdgo.test"+exeSuffix),
		scripts: readScripts(t, filepath.Join(dir, "testdata", "script")),
		logs:    t.ArtifactDir(),
	}
	for _, args := range [][]string{
		// First of all: any other command would make a telemetry directory, and
		// a process that may still write there when the test has ended.
		{"telemetry", "off"},
		{"test", "-c", "-o", s.exe, "-overlay", writeOverlay(t, tmp, dir), "."},
	} {
		cmd := exec.CommandContext(t.Context(), filepath.Join(goroot, "bin", "go"+exeSuffix), args...)
		cmd.Dir = s.dir
		cmd.Env = s.env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
	}
	return s
}

// cmdgoEnviron returns the environment of the suite. Of the user's environment
// it keeps what a compiler needs to start and, because the suite rebuilds parts
// of the standard library, GOCACHE. The suite itself sets the rest for each
// script, among it a module proxy of its own.
func cmdgoEnviron(t *testing.T, gobin, gocache string) []string {
	t.Helper()
	// Not t.TempDir, whose removal fails the test: a go command may leave a
	// telemetry process that still makes files when its script has ended.
	home, err := os.MkdirTemp("", "goshim-cmdgo-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	tmp := filepath.Join(home, "tmp")
	if err := os.Mkdir(tmp, 0o777); err != nil {
		t.Fatal(err)
	}
	env := []string{
		"PATH=" + gobin + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"HOME=" + home, "USERPROFILE=" + home,
		"TMPDIR=" + tmp, "TMP=" + tmp, "TEMP=" + tmp,
		"GOENV=off",
		"GOCACHE=" + gocache,
		"GOPATH=" + filepath.Join(home, "go"),
		"GOPROXY=off",
		"GOTOOLCHAIN=local",
	}
	for _, key := range []string{
		"SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT",
		"CC", "LD_LIBRARY_PATH", "LIBRARY_PATH", "C_INCLUDE_PATH",
	} {
		if val, ok := os.LookupEnv(key); ok {
			env = append(env, key+"="+val)
		}
	}
	return env
}

// readScripts returns the scripts in dir by name.
func readScripts(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		// As in some distributions.
		t.Skipf("no scripts in %s: this toolchain comes without its tests", dir)
	}
	scripts := make(map[string]string)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		scripts[strings.TrimSuffix(filepath.Base(file), ".txt")] = string(data)
	}
	return scripts
}

// writeOverlay writes into tmp the overlay with which cmd/go is built: TestMain
// calls goshimRun of testdata/cmdgo_hook_test.go in the place of m.Run. A hook
// in TestMain comes before every test, which a test in an added file could only
// do by the order of file names. writeOverlay returns the name of the overlay.
func writeOverlay(t *testing.T, tmp, dir string) string {
	t.Helper()
	const from, to = "m.Run()", "goshimRun(m)"
	testMain := filepath.Join(dir, "go_test.go")
	src, err := os.ReadFile(testMain)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(src, []byte(from)); n != 1 {
		t.Fatalf("%s has %d calls of %s, want 1: the suite's TestMain has changed", testMain, n, from)
	}
	changed := filepath.Join(tmp, "go_test.go")
	if err := os.WriteFile(changed, bytes.Replace(src, []byte(from), []byte(to), 1), 0o666); err != nil {
		t.Fatal(err)
	}
	hook, err := filepath.Abs(filepath.Join("testdata", "cmdgo_hook_test.go"))
	if err != nil {
		t.Fatal(err)
	}

	data, err := json.Marshal(map[string]any{"Replace": map[string]string{
		testMain:                             changed,
		filepath.Join(dir, "goshim_test.go"): hook,
	}})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(tmp, "overlay.json")
	if err := os.WriteFile(overlay, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return overlay
}

// networkRx matches the condition under which a script asks for the network.
var networkRx = regexp.MustCompile(`\[!?net:`)

// network returns the sorted names of the scripts that use the network if they
// can. Short mode would leave them out too, but some 300 others with them.
func (s *cmdgoSuite) network() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(s.scripts)) {
		if networkRx.MatchString(s.scripts[name]) {
			names = append(names, name)
		}
	}
	return names
}

// run runs the tests that match pattern, a value of -test.run, with shim in
// front of the go command, or without one if shim is empty. It returns the
// outcome of each test.
func (s *cmdgoSuite) run(t *testing.T, shim, pattern string) outcomes {
	t.Helper()
	s.runs++
	log, err := os.Create(filepath.Join(s.logs, fmt.Sprintf("run%d.log", s.runs)))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()

	// The suite itself is given no deadline: near one it ends its scripts with
	// failures, which could not be told from what the shim does to them.
	ctx := t.Context()
	if deadline, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-10*time.Second))
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, s.exe,
		"-test.v=test2json", // marks the lines that are not a script's output
		"-test.run="+pattern,
		"-test.skip="+scriptPattern(s.network()),
		"-test.timeout=0",
	)
	cmd.Dir = s.dir
	cmd.Env = append(slices.Clip(s.env), "CMDGO_TEST_SHIM="+shim)
	cmd.Stdout = log
	cmd.Stderr = log
	killGroup(cmd)
	start := time.Now()
	err = cmd.Run()
	took := time.Since(start)
	if ctx.Err() != nil {
		t.Fatalf("the go command's tests did not end in %v: run this test with a larger -timeout", took.Round(time.Second))
	}
	// A failing test is an outcome, and no error of this run. Nor is it one that
	// the suite finds files left behind, for which telemetry may be the cause.
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}

	if _, err := log.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	out, err := parseOutcomes(log)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("run %d, %s: %v in %v", s.runs, shimName(shim), out.count(), took.Round(time.Second))
	return out
}

func shimName(shim string) string {
	if shim == "" {
		return "without the shim"
	}
	return "with " + filepath.Base(shim)
}

// checkHook checks that the go command under test is the one given to run.
// Were it not, two runs would agree about any shim.
func (s *cmdgoSuite) checkHook(t *testing.T) {
	t.Helper()
	const script = "go_badcmd"
	none := filepath.Join(s.logs, "none")
	if o := s.run(t, none, scriptPattern([]string{script})).of("TestScript/" + script); o.status == "pass" {
		t.Fatalf("script %s passes without any go command: the shim would not be tested", script)
	}
}

// scriptPattern returns the pattern that matches the named scripts.
func scriptPattern(names []string) string {
	return "^TestScript$/^(" + strings.Join(names, "|") + ")$"
}

// testPattern returns the pattern that matches the named test or subtest alone.
func testPattern(name string) string {
	elems := strings.Split(name, "/")
	for i, elem := range elems {
		elems[i] = "^" + regexp.QuoteMeta(elem) + "$"
	}
	return strings.Join(elems, "/")
}
