package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// childVar makes the test binary a setup that is going to be killed.
const childVar = "GOSHIM_TEST_INSTALL"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVar); dir != "" {
		(&Installer{Dir: dir, Env: os.Environ(), Self: "/nonexistent/goshim"}).Install()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A setup that is killed while it builds leaves the binary that was there,
// and the next one succeeds and cleans up.
func TestInstallKilled(t *testing.T) {
	w := newWorld(t)
	in, home := newInstaller(t)
	l, err := NewLayout(in.getenv)
	if err != nil {
		t.Fatal(err)
	}
	write(t, l.Shim(), "old")
	fakeGo(t, w.path("slow"), `case $1 in
version) echo go version go1.26.1 linux/amd64 ;;
build) : >"$HOME/building"; exec sleep 5 ;;
esac`)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(exe)
	child.Env = append(in.Env, childVar+"="+in.Dir, "PATH="+w.path("slow")+":/usr/bin:/bin")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, filepath.Join(home, "building"))
	child.Process.Kill()
	child.Wait()
	if got := read(t, l.Shim()); got != "old" {
		t.Errorf("the shim is %.20q, want the old one", got)
	}
	if left := strings.Join(dirNames(t, l.Data), " "); !strings.Contains(left, stagePrefix) {
		t.Errorf("the build left %s: it was not under way", left)
	}
	if _, err := in.Install(); err != nil {
		t.Fatal(err)
	}
	if left := strings.Join(dirNames(t, l.Data), " "); strings.Contains(left, stagePrefix) {
		t.Errorf("%s is left", left)
	}
}

func waitFor(t *testing.T, path string) {
	t.Helper()
	for range 1000 {
		if exists(path) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s does not come", path)
}

func dirNames(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
