package exefile

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goshim/goshim/internal/testgo"
)

// program is a small one with variables in different parts of its memory.
var program = map[string]string{
	"go.mod": "module example.com/m\n\ngo 1.26\n",
	"main.go": `package main

import "example.com/m/x/b.go"

var Version, Empty string
var Default = "unset"

func main() { println(Version, Empty, Default, b.V) }
`,
	"x/b.go/b.go": "package b\n\nvar V string\n",
}

// A variable and the value that it is built with. The name is the linker's.
var injected = map[string]string{
	"main.Version":             "v1.2.3 of today",
	"main.Empty":               "",
	"main.Default":             "set",
	"example.com/m/x/b%2ego.V": "deep",
}

const ldflags = `-X 'main.Version=v1.2.3 of today' -X main.Default=set -X example.com/m/x/b.go.V=deep`

// goBuild builds the program, with caches of the test's own.
func goBuild(t *testing.T, cache, goos, goarch string, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range program {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	testgo.NoTelemetry(t, filepath.Join(dir, "config"))
	cmd := exec.Command("go", append(append([]string{"build", "-o", "prog"}, flags...), ".")...)
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_CONFIG_HOME=" + filepath.Join(dir, "config"),
		"GOCACHE=" + cache, "GOPATH=" + filepath.Join(dir, "go"), "GOTOOLCHAIN=local", "GOPROXY=off", "GOTELEMETRY=off",
		"GOOS=" + goos, "GOARCH=" + goarch, "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false", "PWD=" + dir,
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return filepath.Join(dir, "prog")
}

// TestOpen checks what is said of files that are no whole programs.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "prog")
	if err := os.WriteFile(path, []byte("\x7fELF\x02\x01\x01\x00"), 0o666); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		path:                       path + ": the file ends before what its header says",
		dir:                        dir + " is not a regular file",
		filepath.Join(dir, "none"): "stat ",
	} {
		if _, err := Open(path); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestVariables(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	cache := t.TempDir()
	// Each other system, mode and -trimpath compiles the runtime again.
	tests := []struct {
		goos, goarch string
		flags        []string
		names        bool // whether it names its variables
	}{
		{"linux", "amd64", []string{"-buildmode=pie", "-ldflags=-w " + ldflags}, true},
		{"linux", "amd64", nil, true},
		{"linux", "amd64", []string{"-ldflags=-s -w=0 " + ldflags}, true}, // debugging information, no symbols
		{"linux", "amd64", []string{"-ldflags=-s " + ldflags}, false},
		{"darwin", "arm64", nil, true},
		{"darwin", "arm64", []string{"-ldflags=-s " + ldflags}, false},
		{"windows", "386", nil, true},
		{"windows", "386", []string{"-ldflags=-s " + ldflags}, false},
	}
	for _, tt := range tests {
		t.Run(strings.ReplaceAll(strings.Join(append([]string{tt.goos, tt.goarch}, tt.flags...), " "), "/", "_"), func(t *testing.T) {
			f, err := Open(goBuild(t, cache, tt.goos, tt.goarch, append([]string{"-ldflags=" + ldflags}, tt.flags...)...))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if got := f.HasNames(); got != tt.names {
				t.Fatalf("HasNames: got %v, want %v", got, tt.names)
			}
			for name, want := range injected {
				addr, ok := f.Variable(name)
				if ok != tt.names {
					t.Errorf("Variable(%q): found %v, want %v", name, ok, tt.names)
				}
				if !ok {
					continue
				}
				if got, err := f.String(addr); got != want || err != nil {
					t.Errorf("%s = %q, %v, want %q", name, got, err, want)
				}
			}
			files, err := f.SourceFiles()
			if err != nil {
				t.Fatal(err)
			}
			for _, suffix := range []string{"/main.go", "runtime/proc.go"} {
				if !slices.ContainsFunc(files, func(name string) bool { return strings.HasSuffix(name, suffix) }) {
					t.Errorf("no %s among %d files", suffix, len(files))
				}
			}
		})
	}
}
