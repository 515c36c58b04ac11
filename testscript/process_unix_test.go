//go:build unix

package testscript

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// waiting is a real go for tests of signals: it prints its process ID, and at
// a SIGTERM says so and exits with status 7.
const waiting = `#!/bin/sh
trap 'echo terminated; exit 7' TERM
echo $$
while :; do sleep 0.05; done
`

// startShim starts the shim with a shell script as the real go, and returns
// it with what it prints and the first line of that.
func startShim(t *testing.T, script string, env ...string) (*exec.Cmd, *bufio.Reader, string) {
	t.Helper()
	realgo := filepath.Join(t.TempDir(), "go")
	if err := os.WriteFile(realgo, []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(withCompanion(t), "build")
	cmd.Dir = t.TempDir()
	writeDeny(t, cmd.Dir)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GOSHIM_REAL_GO=" + realgo}, env...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	r := bufio.NewReader(stdout)
	line, err := r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, r, strings.TrimSpace(line)
}

// modes are the ways in which a plan is executed.
var modes = []struct{ name, env string }{
	{"exec", "GOSHIM_EXEC="},
	{"child", "GOSHIM_EXEC=child"},
	{"netns", "GOSHIM_CONFIG=deny.toml"}, // see writeDeny; where the system has no namespaces, the same as exec
}

// writeDeny writes deny.toml, a policy by which commands run without a network.
func writeDeny(t *testing.T, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "deny.toml"), []byte("version = 1\n[common]\nnetwork = \"deny\"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
}

// withCompanion returns the path of a shim that has its companion beside it.
func withCompanion(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, path := range map[string]string{"go": buildShim(t), "goshim": buildTools(t).goshim} {
		if err := link(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "go")
}

func TestExecReplaces(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			cmd, _, pid := startShim(t, waiting, mode.env)
			replaced := pid == strconv.Itoa(cmd.Process.Pid)
			if want := mode.name == "exec"; replaced != want && mode.name != "netns" {
				t.Errorf("the real go has the shim's process ID: got %v, want %v", replaced, want)
			}
		})
	}
}

func TestSignalReachesGo(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			cmd, r, _ := startShim(t, waiting, mode.env)
			cmd.Process.Signal(syscall.SIGTERM)
			out, _ := io.ReadAll(r)
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 7 {
				t.Errorf("got %v, want exit status 7", err)
			}
			if got, want := string(out), "terminated\n"; got != want {
				t.Errorf("got output %q, want %q", got, want)
			}
		})
	}
}

func TestDeathBySignal(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			cmd, _, _ := startShim(t, "#!/bin/sh\necho up\nkill -9 $$\n", mode.env)
			cmd.Wait()
			status := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if !status.Signaled() || status.Signal() != syscall.SIGKILL {
				t.Errorf("got %v, want death by SIGKILL", cmd.ProcessState)
			}
		})
	}
}

// TestNoOrphan kills the shim the hard way.
func TestNoOrphan(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			if mode.name == "child" && runtime.GOOS != "linux" {
				t.Skip("only Linux can tie the life of a child to its parent's")
			}
			cmd, r, pid := startShim(t, waiting, mode.env)
			cmd.Process.Kill()
			io.Copy(io.Discard, r) // ends when no process holds the pipe
			cmd.Wait()
			if err := gone(pid); err != nil {
				t.Error(err)
			}
		})
	}
}

func gone(pid string) error {
	n, err := strconv.Atoi(pid)
	if err != nil {
		return err
	}
	for range 100 {
		if err := syscall.Kill(n, 0); errors.Is(err, syscall.ESRCH) {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("process %s still runs", pid)
}

// TestLoopEndsSoon wants an error, and not a hundred processes.
func TestLoopEndsSoon(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	script := "#!/bin/sh\necho x >>'" + log + "'\n'" + buildShim(t) + "' \"$@\"\n"
	realgo := filepath.Join(dir, "go")
	if err := os.WriteFile(realgo, []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(buildShim(t), "version")
	cmd.Env = []string{"HOME=" + dir, "GOSHIM_REAL_GO=" + realgo}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "runs go, which is goshim again") {
		t.Errorf("got %v, %s", err, out)
	}
	data, _ := os.ReadFile(log)
	if n := strings.Count(string(data), "x"); n > 10 {
		t.Errorf("the script ran %d times, want at most 10", n)
	}
}

// TestPWD wants the logical working directory to survive, as it does without
// the shim.
func TestPWD(t *testing.T) {
	dir := t.TempDir()
	realgo := filepath.Join(dir, "go")
	if err := os.WriteFile(realgo, []byte("#!/bin/sh\necho \"$PWD\"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			cmd := exec.Command(withCompanion(t), "build")
			cmd.Dir = link
			writeDeny(t, dir)
			cmd.Env = []string{"HOME=" + dir, "GOSHIM_REAL_GO=" + realgo, "PWD=" + link, mode.env}
			out, err := cmd.CombinedOutput()
			if got := strings.TrimSpace(string(out)); err != nil || got != link {
				t.Errorf("got PWD %q, %v, want %q", got, err, link)
			}
		})
	}
}
