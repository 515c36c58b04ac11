package buildwarm

import (
	"archive/zip"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fakeToolchain writes a proxy that has a toolchain, a script, and returns its
// URL. A proxy of files needs no checksum database (modfetch.useSumDB).
func fakeToolchain(t *testing.T, name string) string {
	t.Helper()
	version := "v0.0.1-" + name + "." + runtime.GOOS + "-" + runtime.GOARCH
	root := t.TempDir()
	dir := filepath.Join(root, "golang.org", "toolchain", "@v")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for ext, text := range map[string]string{
		".info": `{"Version":"` + version + `"}`,
		".mod":  "module golang.org/toolchain\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, version+ext), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(filepath.Join(dir, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for path, text := range map[string]string{
		"bin/go":             "#!/bin/sh\necho this is " + name + "\n",
		"pkg/tool/x/compile": "",
		"bin/gofmt":          "",
		"lib/x":              "",
		"VERSION":            name + "\n",
	} {
		w, err := z.Create("golang.org/toolchain@" + version + "/" + path)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return "file://" + filepath.ToSlash(root)
}

func TestToolchain(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a script stands for a toolchain")
	}
	proxy := fakeToolchain(t, "go1.99.0")
	gomod := func(lines string) map[string]string {
		return map[string]string{"m/go.mod": "module m\n\n" + lines + "\n"}
	}
	with := func(files map[string]string, name, text string) map[string]string {
		files[name] = text
		return files
	}
	policy := func(toolchain string) string {
		return "version = 1\n[common]\ntoolchain = \"" + toolchain + "\"\n"
	}
	const user = "config/goshim/policy.toml" // which needs no trust
	tests := []struct {
		name    string
		files   map[string]string
		setting string
		fetched bool
		err     string
	}{
		{"key", with(gomod("go 1.20"), user, policy("go1.99.0")), "", true, ""},
		{"key that may rise", with(gomod("go 1.20"), user, policy("go1.99.0+auto")), "", true, ""},
		{"key, but another one is chosen", with(gomod("go 1.20"), user, policy("go1.99.0")), "local", false, "toolchain go1.99.0 is required, but the environment has GOTOOLCHAIN=local, and the real go, "},
		{"go.mod", gomod("go 1.20\n\ntoolchain go1.99.0"), "auto", true, ""},
		{"go line", gomod("go 1.99.0"), "auto", true, ""},
		{"layer", with(with(gomod("go 1.20"), "m/goshim.toml", "version = 1\ndefault = \"dev\"\n[env.dev]\nmodfile = \"go.dev.mod\"\n"),
			"m/go.dev.mod", "go 1.99.0\n"), "auto", true, ""},
		{"local, which will do", gomod("go 1.20\n\ntoolchain go1.99.0"), "local", false, ""},
		{"local, which is too old", gomod("go 1.99.0"), "local", false, "go.mod requires go 1.99.0, but GOTOOLCHAIN=local keeps to go1."},
		{"only from PATH", gomod("go 1.99.0"), "path", false, `toolchain go1.99.0: go: cannot find "go1.99.0" in PATH`},
		{"not to be had", gomod("go 1.98.0"), "auto", false, "toolchain go1.98.0: go: download"},
		{"none asked for", gomod("go 1.20"), "auto", false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSandbox(t, tt.files)
			s.set("GOPROXY="+proxy, "GOTOOLCHAIN="+tt.setting)
			got, err := Toolchain(context.Background(), s.inv, s.options())
			switch {
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, want %s", err, tt.err)
				}
				return
			case err != nil:
				t.Fatal(err)
			case got.Fetched != tt.fetched:
				t.Errorf("got %+v, want fetched=%v", got, tt.fetched)
			}
			if again, err := Toolchain(context.Background(), s.inv, s.options()); err != nil || again.Fetched || again.Name != got.Name {
				t.Errorf("again: got %+v, %v", again, err)
			}
			if tt.fetched {
				if out := s.goCommand("list"); out != "this is go1.99.0\n" {
					t.Errorf("go list runs %q", out)
				}
			}
		})
	}
}
