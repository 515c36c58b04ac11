package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var pathTests = []struct{ path, want string }{
	{"/usr/bin:/bin", "BIN:/usr/bin:/bin"},
	{"BIN:/usr/bin", "BIN:/usr/bin"},
	{"/usr/bin:BIN", "BIN:/usr/bin"},
	{"/a:BIN:/b:BIN:BIN:/c", "BIN:/a:/b:/c"},
	{"/a b:BINx:/*:x/BIN", "BIN:/a b:BINx:/*:x/BIN"},
	{"BIN", "BIN"},
	{"", "BIN"},
}

// bins are folders that a shell could take apart.
var bins = []string{"/h/bin", "/h ome/bin", "/hö*me/$x/`y`/it's/b?n", `/back\slash/\'/bin`}

func TestEnvSh(t *testing.T) {
	// An empty item of PATH is the working directory, and stays.
	tests := append(pathTests, struct{ path, want string }{":/a::/b:", "BIN::/a::/b:"})
	for _, shell := range []string{"sh", "bash", "dash", "zsh", "ksh", "busybox"} {
		path := findShell(t, shell)
		if path == "" {
			continue
		}
		args := []string{"-c", `. "$1"; . "$1"; printf %s "$PATH"`, "sh", ""}
		if shell == "busybox" {
			args = append([]string{"sh"}, args...)
		}
		for _, bin := range bins {
			file := filepath.Join(t.TempDir(), "env file.sh")
			args[len(args)-1] = file
			write(t, file, "set -eu\n"+envSh(bin))
			for _, test := range tests {
				if test.path == "" && shell == "zsh" {
					continue // zsh makes up one
				}
				runPathTest(t, exec.Command(path, args...), bin, test.path, test.want)
			}
		}
	}
}

func TestEnvFish(t *testing.T) {
	path := findShell(t, "fish")
	if path == "" {
		t.Skip("no fish here")
	}
	for _, bin := range bins {
		file := filepath.Join(t.TempDir(), "env file.fish")
		write(t, file, envFish(bin))
		for _, test := range pathTests {
			if test.path == "" {
				continue // fish makes up one
			}
			cmd := exec.Command(path, "--no-config", "-c", `source $argv[1]; source $argv[1]; string join : $PATH; true`, file)
			runPathTest(t, cmd, bin, test.path, test.want)
		}
	}
}

func findShell(t *testing.T, name string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("PATH has another form on Windows")
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}

func runPathTest(t *testing.T, cmd *exec.Cmd, bin, path, want string) {
	t.Helper()
	path, want = strings.ReplaceAll(path, "BIN", bin), strings.ReplaceAll(want, "BIN", bin)
	cmd.Env = []string{"PATH=" + path, "HOME=" + t.TempDir(), "LC_ALL=C.UTF-8"}
	out, err := cmd.CombinedOutput()
	if got := strings.TrimRight(string(out), "\n"); err != nil || got != want {
		t.Errorf("%s: PATH=%q becomes\n%q (%v), want\n%q", cmd.Path, path, got, err, want)
	}
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

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
