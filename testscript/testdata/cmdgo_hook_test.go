// This file is compiled into the test binary of cmd/go; see cmdgo_suite_test.go.

package main_test

import (
	"log"
	"os"
	"path/filepath"
	"testing"
)

// goshimRun takes the place of m.Run in TestMain of cmd/go.
//
// By then TestMain has made testBin/go, which is the test binary under another
// name and behaves as the go command under test. goshimRun moves it aside and
// puts the shim in its place. Without a shim it puts the same command back, so
// that both runs have the same files and variables.
func goshimRun(m *testing.M) int {
	if testGo == "" {
		return m.Run() // nothing can be built here, so every script is skipped
	}
	must := func(err error) {
		if err != nil {
			log.Fatalf("goshim: %v", err)
		}
	}

	// The base name stays "go", as it would in a GOROOT.
	realGo := filepath.Join(testBin, "real", filepath.Base(testGo))
	must(os.Mkdir(filepath.Dir(realGo), 0o777))
	must(os.Rename(testGo, realGo))

	front := os.Getenv("CMDGO_TEST_SHIM")
	if front == "" {
		front = realGo
	}
	if err := os.Symlink(front, testGo); err != nil {
		// Without symlinks, as TestMain does.
		data, err := os.ReadFile(front)
		must(err)
		must(os.WriteFile(testGo, data, 0o777))
	}

	must(os.Setenv("GOSHIM_REAL_GO", realGo))
	// A script that copies the go command into a GOROOT of its own wants the
	// one that finds its GOROOT by its place, which no stand-in can do for it.
	must(os.Setenv("TESTGO_EXE", realGo))
	// No policy above the scripts' directories is theirs.
	must(os.Setenv("GOSHIM_CEILING", testTmpDir))
	// The scripts' environment is a list of its own, to which these are added.
	extraEnvKeys = append(extraEnvKeys, "GOSHIM_REAL_GO", "TESTGO_EXE", "GOSHIM_CEILING")

	return m.Run()
}
