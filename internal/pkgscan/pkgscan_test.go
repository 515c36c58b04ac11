package pkgscan

import (
	"go/build"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, text string
		imports    []string
		needs      string
		ignored    bool
		built      bool // for linux/amd64 with cgo and the tag extra
	}{
		{"a.go", "package a\nimport (\"fmt\"; x \"example.com/x\"; _ \"fmt\")\n", []string{"fmt", "example.com/x"}, "", false, true},
		{"a_windows.go", "package a", nil, "windows", false, false},
		{"a_linux_amd64_test.go", "package a", nil, "linux, amd64", false, true},
		{"linux.go", "package a", nil, "", false, true},
		{"a_linux_x.go", "package a", nil, "linux", false, true},
		{"a.go", "//go:build ignore\n\npackage main\nimport \"x.example/y\"", []string{"x.example/y"}, "ignore", true, false},
		{"a.go", "//go:build !ignore\n\npackage a", nil, "!ignore", false, true},
		{"a.go", "//go:build ignore || linux\n\npackage a", nil, "ignore || linux", false, true},
		{"a.go", "//go:build linux && !linux\n\npackage a", nil, "linux && !linux", false, false},
		{"a.go", "//go:build extra\n\npackage a", nil, "extra", false, true},
		{"a.go", "// +build windows darwin\n// +build !cgo\n\npackage a", nil, "(windows || darwin) && !cgo", false, false},
		{"a.go", "// +build windows\npackage a", nil, "", false, true}, // the package's documentation
		{"a.go", "/* x */ //go:build windows\n\npackage a", nil, "", false, true},
		{"a.go", "package a\n\n//go:build windows\n", nil, "", false, true},
		{"a.go", "//go:build (\n\npackage a", nil, "ignore", true, false},
		{"a.go", "//go:build linux\n//go:build linux\n\npackage a", nil, "ignore", true, false},
		{"a.go", "// +build linux\n// +build !!x\n\npackage a", nil, "linux && ignore", true, false},
		{"a.go", "package a\nimport \"C\"\nimport \"unsafe\"", []string{"unsafe"}, "cgo", false, true},
		{"a.go", "", nil, "", false, true},
		{"a.go", "\x00\xff", nil, "", false, true},
	}
	linux := &Platform{GOOS: "linux", GOARCH: "amd64", Compiler: "gc", CgoEnabled: true, BuildTags: []string{"extra"}}
	for _, tt := range tests {
		f := Parse(tt.name, []byte(tt.text))
		if diff := cmp.Diff(tt.imports, f.Imports); diff != "" {
			t.Errorf("%s %q: imports: %s", tt.name, tt.text, diff)
		}
		if f.Needs() != tt.needs || f.IsIgnored() != tt.ignored || f.IsBuilt(linux) != tt.built {
			t.Errorf("%s %q: needs %q, ignored %v, built %v, want %+v", tt.name, tt.text, f.Needs(), f.IsIgnored(), f.IsBuilt(linux), tt)
		}
	}
}

// TestIsBuilt compares with go/build on the standard library.
func TestIsBuilt(t *testing.T) {
	root := filepath.Join(build.Default.GOROOT, "src")
	platforms := []Platform{
		{GOOS: "linux", GOARCH: "amd64", Compiler: "gc", CgoEnabled: true},
		{GOOS: "windows", GOARCH: "arm64", Compiler: "gc"},
		{GOOS: "ios", GOARCH: "arm64", Compiler: "gc", BuildTags: []string{"netgo"}},
	}
	n := 0
	for _, dir := range []string{"os", "os/user", "net", "runtime", "syscall", "crypto/x509", "internal/poll"} {
		files, err := Dir(filepath.Join(root, dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range platforms {
			p.ReleaseTags = build.Default.ReleaseTags
			ctx := build.Context(p)
			for _, f := range files {
				want, err := ctx.MatchFile(filepath.Join(root, dir), f.Name)
				if err != nil {
					t.Fatal(err)
				}
				n++
				if got := f.IsBuilt(&p); got != (want && (p.CgoEnabled || !f.Cgo)) {
					t.Errorf("%s/%s for %s: got %v", dir, f.Name, &p, got)
				}
			}
		}
	}
	if n < 1000 {
		t.Errorf("only %d files compared", n)
	}
}

func TestDir(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.go", "a.go", "_c.go", ".d.go", "e.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("package x"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	os.Mkdir(filepath.Join(dir, "f.go"), 0o777)
	os.Symlink("a.go", filepath.Join(dir, "g.go"))
	files, err := Dir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "a.go b.go" {
		t.Errorf("got %s", got)
	}
	if files, err := Dir(filepath.Join(dir, "none")); files != nil || err != nil {
		t.Errorf("no directory: got %v, %v", files, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a_linux.go", "//go:build a || !b\n\npackage a\nimport \"x\"")
	f.Add("a_test.go", "// +build a,!b c\n\npackage a")
	f.Fuzz(func(t *testing.T, name, text string) {
		file := Parse(name, []byte(text))
		file.Needs()
		for _, p := range []*Platform{{GOOS: "linux", GOARCH: "amd64"}, {GOOS: "js", GOARCH: "wasm"}} {
			if file.IsBuilt(p) && file.IsIgnored() {
				t.Error("a build has a file that no build has")
			}
		}
	})
}
