package testscript

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

func init() {
	flag.Var(&cmdgo, "cmdgo", "run a cross-section of the go command's own tests through the shim, even under -short; =all runs all of them, =false none")
}

// cmdgo selects the tests of cmd/go that are run: "true" the cross-section in
// testdata/cmdgo_scripts.txt, "all" every one, "false" none. The default, "",
// is the few in testdata/cmdgo_quick.txt, or none under -short: a newcomer's
// go test ./... has to end within go test's own limit of ten minutes.
var cmdgo cmdgoFlag

type cmdgoFlag string

func (f *cmdgoFlag) String() string   { return string(*f) }
func (f *cmdgoFlag) IsBoolFlag() bool { return true }

func (f *cmdgoFlag) Set(s string) error {
	switch s {
	case "true", "false", "all":
		*f = cmdgoFlag(s)
		return nil
	}
	return errors.New("want true, false or all")
}

// TestCmdGo runs the script tests of the installed go command twice, without
// and with the shim in front of it, and wants the same outcome of each script.
// It does not want them to pass: what fails without the shim, for the lack of a
// program or of a user other than root, has to fail at the same line with it.
//
//	go test ./testscript -run TestCmdGo -v
//	go test ./testscript -run TestCmdGo -v -cmdgo=all -timeout=0
//
// The flag is this package's own, so it cannot be given to go test ./... as a
// whole. Scripts that use the network are left out. With -artifacts the output
// of all the runs is kept.
func TestCmdGo(t *testing.T) {
	if cmdgo == "false" || cmdgo == "" && testing.Short() {
		t.Skip("builds the go command's tests: not run under -short or -cmdgo=false")
	}
	shim := buildShim(t)
	suite := newCmdgoSuite(t)
	suite.checkHook(t)

	// run runs the tests without and with the shim.
	run := func(pattern string) (without, with outcomes) {
		return suite.run(t, "", pattern), suite.run(t, shim, pattern)
	}

	without, with := run(cmdgoPattern(t, suite))
	for _, name := range slices.Sorted(maps.Keys(without)) {
		if o := without[name]; o.status == "fail" || o.status == "missing" {
			t.Logf("without the shim: %s: %v", name, o)
		}
	}
	if n := without.count(); n["pass"] == 0 || n["missing"] > 0 {
		t.Fatalf("the go command's tests did not run to their end:\n%s", without.of("").output())
	}

	names := differences(without, with)
	for _, name := range names {
		// Only a real difference shows again and again. As many as this are no
		// accident, and retrying each would take hours.
		const retries, maxRetried = 2, 20

		o, p := without.of(name), with.of(name)
		if len(names) <= maxRetried {
			t.Logf("%s: %v without the shim, %v with it: retrying it alone", name, o, p)
			if !differsAlone(name, retries, run) {
				t.Logf("%s: same outcome when run alone: not counted", name)
				continue
			}
		}
		t.Errorf("%s: %v without the shim, %v with it; output with the shim ends in\n%s", name, o, p, p.output())
	}
}

// cmdgoPattern returns the pattern of the tests that the flag asks for.
func cmdgoPattern(t *testing.T, suite *cmdgoSuite) string {
	t.Helper()
	t.Logf("left out, for they use the network: %s", strings.Join(suite.network(), " "))
	if cmdgo == "all" {
		return "."
	}
	list := filepath.Join("testdata", "cmdgo_quick.txt")
	if cmdgo == "true" {
		list = filepath.Join("testdata", "cmdgo_scripts.txt")
	}
	data, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Fields(string(data))
	for _, name := range names {
		if _, ok := suite.scripts[name]; !ok {
			t.Errorf("%s: this toolchain lacks the script %s.txt", list, name)
		}
	}
	// No script can see whether the terminal is handed through; this test can.
	return scriptPattern(names) + "|^TestTerminalPassthrough$"
}

// differsAlone reports whether the named test, run alone, differs every time.
func differsAlone(name string, times int, run func(pattern string) (without, with outcomes)) bool {
	for range times {
		if without, with := run(testPattern(name)); without.of(name).same(with.of(name)) {
			return false
		}
	}
	return true
}

// exeSuffix is the suffix of an executable file.
var exeSuffix = map[bool]string{true: ".exe"}[runtime.GOOS == "windows"]

// buildShim returns the path of the shim: of a file named go, which is built
// from this module once for all the tests, or else is $GOSHIM_TEST_SHIM.
func buildShim(t testing.TB) string {
	t.Helper()
	path, err := shimBinary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var shimBinary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("GOSHIM_TEST_SHIM"); path != "" {
		return filepath.Abs(path)
	}
	err := readSources("..")
	if err != nil {
		return "", err
	}
	if shimDir, err = os.MkdirTemp("", "goshim-test-"); err != nil {
		return "", err
	}
	path := filepath.Join(shimDir, "go"+exeSuffix)
	return path, buildCommand("-o", path, "./cmd/go")
})

// buildCommand runs go build in the root of the module.
func buildCommand(args ...string) error {
	cmd := exec.Command("go", append([]string{"build"}, args...)...)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %v\n%s", cmd, err, out)
	}
	return nil
}

// readSources opens the directories of the sources under root. By what a test
// opens, go test knows whether its result in the cache still holds; of what the
// go build above reads it knows nothing.
func readSources(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != root && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		return err
	})
}

// shimDir is the directory of the built shim, if it has been built.
// TestMain removes it: it outlives the test that happens to ask for it first.
var shimDir string

// goEnv returns the value that the go command in PATH, which in a test is the
// one running it, has for the named variable.
func goEnv(t testing.TB, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatalf("go env %s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}
